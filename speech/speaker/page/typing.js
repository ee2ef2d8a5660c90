// Typing instead of speaking: a line that is there when it is wanted, or when nobody can be heard.

export class Typing {
  // send(text) → whether it left.
  constructor(send) {
    this.form = document.getElementById("typing");
    this.field = document.getElementById("typed");
    this.opener = document.getElementById("type");
    this.opener.addEventListener("click", () => {
      this.open(this.form.hidden);
      if (!this.form.hidden) this.field.focus();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.field.value.trim();
      if (text && send(text)) this.field.value = "";
    });
  }

  open(wanted = true) {
    this.form.hidden = !wanted;
    this.opener.setAttribute("aria-expanded", String(wanted));
    document.body.classList.toggle("typing-open", wanted);
  }
}
