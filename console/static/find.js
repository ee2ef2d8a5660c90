// Finding one sentence among hundreds: what does not hold the words is folded away.
"use strict";

{
  const find = document.getElementById("find");
  const bare = (text) => text.toLowerCase().replace(/\s+/g, "");

  find.addEventListener("input", () => {
    const wanted = bare(find.value);
    for (const section of document.querySelectorAll(".sentences > section")) {
      let found = 0;
      for (const row of section.querySelectorAll(".sentence")) {
        row.hidden = !bare(row.querySelector("p").textContent).includes(wanted);
        found += !row.hidden;
      }
      section.hidden = !found;
      if (wanted) section.querySelector("details")?.toggleAttribute("open", found > 0);
    }
  });

  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target) target.closest("details")?.setAttribute("open", "");
}
