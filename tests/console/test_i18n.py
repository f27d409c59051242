"""Every text of the page stands in the catalogue, in both languages; none is written into the page itself."""

from __future__ import annotations

import re

import pytest

from actors.office.alarm_rules import PRIORITY
from console.i18n import LANGUAGES, catalogue
from console.web import STATIC

MODULES = {
    path.relative_to(STATIC).as_posix(): path.read_text(encoding="utf-8") for path in STATIC.rglob("*.js")
}
PROGRAMS = [path.read_text(encoding="utf-8") for path in STATIC.parent.rglob("*.py")]
PLACES = re.compile(r"\{(\w+)\}")
CALLS = re.compile(r'\bt\(\s*"([^"]+)"')
NAMED = re.compile(r'\bkey: "([^"]+)"')
QUOTED = re.compile(r'"([a-z][\w.]*\.[\w.]+)"')
BUILT = re.compile(r"`([a-z][\w.]*\.)\$\{")
HARD_CODED = re.compile(
    r'\b(?:text|title|placeholder|"aria-label"): "([^"/][^"]*[A-Za-z\u4e00-\u9fff]{2}[^"]*)"'
)


def asked_for() -> set[str]:
    """Keys that a page asks for by name."""
    return {key for text in MODULES.values() for found in (CALLS, NAMED) for key in found.findall(text)}


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    english, chinese = (catalogue(language) for language in LANGUAGES)
    assert set(english) == set(chinese)
    differing = {
        key for key in english if set(PLACES.findall(english[key])) != set(PLACES.findall(chinese[key]))
    }
    assert differing == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_the_page_asks_for_is_there_and_not_empty(language: str) -> None:
    texts = catalogue(language)
    assert asked_for() - set(texts) == set()
    assert [key for key, text in texts.items() if not text.strip()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_alarm_has_its_words(language: str) -> None:
    texts = catalogue(language)
    assert {f"alarm.{kind}{lane}" for kind in PRIORITY for lane in ("", ".lane")} - set(texts) == set()


def test_no_text_in_the_catalogue_is_unused() -> None:
    whole = [*MODULES.values(), *PROGRAMS]
    named = asked_for() | {key for text in whole for key in QUOTED.findall(text)}
    begun = tuple({start for text in whole for start in BUILT.findall(text)})
    assert {key for key in set(catalogue("en")) - named if not key.startswith(begun)} == set()


def test_no_text_is_written_into_the_page() -> None:
    found = {f"{name}: {text}" for name, module in MODULES.items() for text in HARD_CODED.findall(module)}
    assert found == set()
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    words = re.sub(r"<title>Hawker</title>|<[^>]*>", "", page).strip()
    assert words == ""


def test_chinese_is_chinese() -> None:
    names = {"brand", "language.other", "clock.times", "lane.words", "machine.day_ago"}
    latin = {key for key, text in catalogue("zh-CN").items() if not re.search(r"[\u4e00-\u9fff]", text)}
    assert latin == names


@pytest.mark.parametrize("module", sorted(MODULES))
def test_pages_are_built_without_markup_in_strings(module: str) -> None:
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "http:",
    ):
        assert forbidden not in MODULES[module].replace("http://www.w3.org/2000/svg", "")
