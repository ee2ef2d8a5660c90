"""A coordinator types a sentence, sees what is understood and why, and says what it really means."""

import logging
import re

import httpx
import pytest
import structlog

from speech.meaning import Explained, Meaning, RiskLevel, Sentiment, Weighed
from speech.training import corpus
from store.audit import AuditRow, entries
from tests.console.desk import Desk
from tests.console.test_pages import Strict

FALLEN = "아이고 방금 넘어져서 꼼짝을 못 하겠어"


def understood(meaning: Meaning, **weights: float) -> Explained:
    return Explained(meaning, tuple(Weighed(word, weight) for word, weight in weights.items()))


def corrections(desk: Desk) -> list[str]:
    return desk.kept.read_text("utf-8").splitlines() if desk.kept.exists() else []


def since(desk: Desk, before: list[AuditRow]) -> list[AuditRow]:
    return desk.store.read(entries)[: len(desk.store.read(entries)) - len(before)]


async def tries(browser: httpx.AsyncClient, text: str, **more: str) -> str:
    """The page that answers a try."""
    answer = await browser.post("/understanding", data={"text": text, **more})
    assert answer.status_code == 200, answer.text
    return answer.text


async def sends(browser: httpx.AsyncClient, text: str, **meant: str) -> httpx.Response:
    form = {"text": text, "sentiment": "neutral"} | {name.replace("__", "-"): value for name, value in meant.items()}
    return await browser.post("/understanding/corrections", data=form)


async def test_an_emergency_is_seen_as_one_and_why(desk: Desk) -> None:
    page = await tries(await desk.signed_in("coordinator"), FALLEN)
    assert re.search(r'class="tag emergency filled">.*?응급</span><b>넘어짐</b>', page)
    assert "바로 당직 담당자에게 '응급'으로" in page.replace("&#39;", "'")
    assert re.search(r'<mark class="(much|some|little)">', page)
    assert "아프거나 불편하심" in page
    seen = Strict()
    seen.feed(page)
    assert (seen.faults, seen.open) == ([], [])


async def test_a_harmless_answer_to_a_question_of_the_script(desk: Desk) -> None:
    page = await tries(await desk.signed_in("coordinator"), "응, 아주 푹 잘 잤어", asked="sleep")
    assert '<option value="sleep" selected>어젯밤에는 잘 주무셨어요?</option>' in page
    assert re.search(r'<span class="tag">잠</span>\s*잘 주무심', page)
    assert "<dd>없음</dd>" in page  # no risk
    assert "다음 말로 넘어갑니다" in page


async def test_a_question_of_ones_own(desk: Desk) -> None:
    heard: list[tuple[str, str]] = []

    def explain(text: str, prompt: str) -> Explained:
        heard.append((text, prompt))
        return understood(Meaning())

    desk.explain = explain
    browser = await desk.signed_in("coordinator")
    page = await tries(browser, "응,\n\t괜찮어", asked="own", question="무릎은 좀 어떠세요?")
    await tries(browser, "응", asked="", question="고르지 않은 여쭌 말")
    await tries(browser, "응", asked="no such")
    assert heard == [("응, 괜찮어", "무릎은 좀 어떠세요?"), ("응", ""), ("응", "")]
    assert '<option value="own" selected>' in page
    assert 'value="무릎은 좀 어떠세요?"' in page


async def test_a_words_weight_is_told_by_word_and_line_not_by_shade_alone(desk: Desk) -> None:
    desk.explain = lambda *_: understood(Meaning(), 오늘=0.0, 좀=0.1, 배가=0.3, 아파=0.9)
    page = await tries(await desk.signed_in("viewer"), "오늘 좀 배가 아파")
    sentence = re.search(r'<p class="heard">(.*?)</p>', page, re.S)
    assert sentence
    shades = re.findall(r'<mark class="(\w+)">(\S+?)<span class="sr"> \((.*?)\)</span></mark>', sentence[1])
    assert shades == [("little", "좀", "조금"), ("some", "배가", "보통"), ("much", "아파", "크게 작용")]
    assert sentence[1].startswith("오늘 ")
    assert "밑줄이 두꺼운 낱말일수록" in page


async def test_what_is_unclear_says_that_the_talk_would_ask_again(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    desk.explain = lambda *_: understood(Meaning(confidence=0.3))
    page = await tries(browser, "그거 그거 저기")
    assert "자신이 없습니다" in page
    assert "더 천천히 한 번 다시 여쭙고" in page
    assert "짧은 대답이나 부탁으로 듣고" in await tries(browser, "그만 하자")
    desk.explain = lambda *_: understood(Meaning(Sentiment.NEGATIVE, risks={"fall": RiskLevel.URGENT}, confidence=0.3))
    assert "바로 당직 담당자에게 &#39;긴급&#39;으로" in await tries(browser, "넘어졌나 어쨌나")


async def test_a_correction_is_one_line_that_the_training_takes_in(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    page = await tries(browser, "영 밥이 안 넘어가", asked="meals")
    assert "틀렸어요, 사실은…" in page
    answer = await sends(
        browser,
        "영 밥이\r\n안\t넘어가",
        question="식사는 좀 하셨어요?",
        sentiment="negative",
        topic__meal="poor_appetite",
        topic__mood="low",
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/understanding?said=sent")
    assert "보내 주셔서 고맙습니다" in (await browser.get(answer.headers["location"])).text
    expected = "식사는 좀 하셨어요?\t영 밥이 안 넘어가\tnegative\tmeal=poor_appetite,mood=low\t"
    assert corrections(desk) == [expected]
    (taken,) = corpus.read(desk.kept)
    assert (taken.topics, taken.risks) == ({"meal": "poor_appetite", "mood": "low"}, {})


async def test_the_form_holds_what_was_understood_and_sends_it_back_as_it_is(desk: Desk) -> None:
    meaning = Meaning(Sentiment.NEGATIVE, {"health": "complaint"}, {"fall": RiskLevel.EMERGENCY})
    desk.explain = lambda *_: understood(meaning)
    browser = await desk.signed_in("supervisor")
    page = await tries(browser, FALLEN)
    form = page[page.index('action="/understanding/corrections"') :]
    fields = dict(re.findall(r'<input type="radio" name="(\w+)" value="(\w+)" required checked>', form))
    chosen = r'<select id="[\w-]+" name="([\w-]+)">(?:(?!</select>).)*?<option value="(\w+)" selected>'
    fields |= dict(re.findall(chosen, form, re.S))
    assert fields == {"sentiment": "negative", "topic-health": "complaint", "risk-fall": "emergency"}
    await sends(browser, FALLEN, **{name.replace("-", "__"): value for name, value in fields.items()})
    assert corrections(desk) == [f"\t{FALLEN}\tnegative\thealth=complaint\tfall=emergency"]


async def test_what_the_contract_demands_is_completed_not_refused(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    await sends(browser, "죽어 버릴까", sentiment="positive", topic__mood="good", risk__self_harm="urgent")
    assert corrections(desk) == ["\t죽어 버릴까\tnegative\tmood=low\tself_harm=urgent"]


async def test_a_mere_try_keeps_nothing_and_a_correction_is_on_the_record_without_its_words(
    desk: Desk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secret, question = "보라색 두루마기를 잃어버렸어", "두루마기는 찾으셨어요?"
    browser = await desk.signed_in("coordinator")
    before = desk.store.read(entries)
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logged:
        await tries(browser, secret, asked="own", question=question)
        assert (since(desk, before), corrections(desk)) == ([], [])
        await sends(browser, secret, question=question, topic__request="present")
    (row,) = since(desk, before)
    assert (row.who, row.what, row.where) == ("u-coordinator", "understanding corrected", "127.0.0.1")
    told = f"{row.model_dump()} {logged} {caplog.text} {capfd.readouterr()}"
    assert not re.search("두루마기|보라색|잃어버", told)
    assert "알아듣기 바로잡음 보냄" in (await (await desk.signed_in("admin")).get("/audit")).text


async def test_html_in_a_sentence_is_only_a_sentence(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    desk.explain = lambda text, _: understood(Meaning(), **dict.fromkeys(text.split(), 0.9))
    page = await tries(browser, "<script>alert(1)</script> \u202e아파", asked="own", question='"><b>')
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert '"><b>' not in page
    assert "\u202e" not in page


async def test_no_form_token_no_sentence_and_no_correction(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    token = browser.headers.pop("x-csrf-token")
    assert (await browser.post("/understanding", data={"text": "응"})).status_code == 403
    assert (await sends(browser, "응")).status_code == 403
    assert (await sends(browser, "응", csrf="wrong")).status_code == 403
    assert corrections(desk) == []
    assert (await sends(browser, "응", csrf=token)).status_code == 303  # as the page's own form sends it
    async with desk.client(accept="text/html") as stranger:
        answer = await stranger.post("/understanding", data={"text": "응"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/")


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "어르신 말씀을 적어 주세요"), (" \t\u200b\n", "어르신 말씀을 적어 주세요"), ("가" * 501, "조금 줄여 주세요")],
)
async def test_what_cannot_be_taken_is_told_kindly_and_what_was_chosen_stays(desk: Desk, text: str, said: str) -> None:
    browser = await desk.signed_in("coordinator")
    tried = await browser.post("/understanding", data={"text": text})
    assert (tried.status_code, said in tried.text) == (422, True)
    sent = await sends(browser, text, topic__sleep="poor")
    assert (sent.status_code, said in sent.text) == (422, True)
    assert '<option value="poor" selected>' in sent.text
    assert "가" * 501 not in sent.text
    assert corrections(desk) == []


async def test_as_long_as_may_be(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    assert "이렇게 알아들었습니다" in await tries(browser, "아이고 다리야 " * 62)
    assert (await sends(browser, "가" * 500, question="나" * 500)).status_code == 303
    assert (await sends(browser, "가", question="나" * 501)).status_code == 422
    assert [len(line) for line in corrections(desk)] == [500 + 500 + len("\t\tneutral\t\t")]


async def test_a_picture_instead_of_words_is_not_understood_and_says_so(desk: Desk) -> None:
    page = await tries(await desk.signed_in("coordinator"), "😀👍🏻👨‍👩‍👧")
    assert "자신이 없습니다" in page
    assert "어느 한 낱말이 뜻을 크게 좌우하지는 않았습니다." in page


async def test_a_telephone_number_is_not_kept(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    answer = await sends(browser, "딸네 번호가 010-1234-5678이야", topic__social="connected")
    assert (answer.status_code, corrections(desk)) == (422, [])
    assert "전화번호나 주민등록번호로 보이는 숫자" in answer.text
    assert '<option value="connected" selected>' in answer.text


async def test_a_disk_that_takes_nothing_is_told_and_the_form_keeps_what_was_chosen(desk: Desk) -> None:
    browser = await desk.signed_in("coordinator")
    desk.kept.parent.write_text("a file where the folder should be")
    answer = await sends(browser, "영 입맛이 없어", topic__meal="poor_appetite")
    assert (answer.status_code, "지금은 남기지 못했습니다" in answer.text) == (503, True)
    assert "영 입맛이 없어" in answer.text
    assert "understanding corrected" not in [row.what for row in desk.store.read(entries)]


@pytest.mark.parametrize(
    "field", [{"sentiment": "furious"}, {"sentiment": ""}, {"topic__meal": "burnt"}, {"risk__fall": "watch"}]
)
async def test_a_state_that_there_is_not_is_refused(desk: Desk, field: dict[str, str]) -> None:
    browser = await desk.signed_in("coordinator")
    assert ((await sends(browser, "응", **field)).status_code, corrections(desk)) == (422, [])


async def test_who_only_reads_may_try_but_not_correct(desk: Desk) -> None:
    browser = await desk.signed_in("viewer")
    assert "사실은…" not in await tries(browser, "잘 잤어")
    assert ((await sends(browser, "잘 잤어")).status_code, corrections(desk)) == (403, [])
    technician = await desk.signed_in("technician")
    assert (await technician.post("/understanding", data={"text": "잘 잤어"})).status_code == 403
