"""The log-in page in a browser: coming in, first password, second factor, a reset link, wrong input kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pyotp
import pytest

from console.people import accounts, sessions
from console.people.passwords import Passwords
from console.people.people import People
from console.people.store import PeopleStore
from tests.console.demo import DemoHost, chain
from tests.console.office import TOKEN, Office
from tests.console.persons import CHEAP, PASSWORD, add

NEW = "ferry-mango-17-umbrella"


class Door:
    """The console, its accounts, and browsers at its door."""

    def __init__(self, office: Office, people: People, browser: Any) -> None:
        self.office, self.people, self.browser = office, people, browser
        self.complaints: list[str] = []

    def page(self, path: str = "/", **context: Any) -> Any:
        page = self.browser.new_context(**context).new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.office.origin + path)
        return page

    def _hear(self, said: Any) -> None:
        expected = "status of 400", "status of 401"  # a refused form is answered so; Chromium says it aloud
        if said.type in ("error", "warning") and not any(text in said.text for text in expected):
            self.complaints.append(said.text)


@pytest.fixture(scope="module")
def door(browser: Any) -> Iterator[Door]:
    host = DemoHost(chain(12))
    people = People(PeopleStore(), host.chain, passwords=Passwords(CHEAP))
    with Office(host, people) as office:
        yield Door(office, people, browser)


def fill(page: Any, **typed: str) -> None:
    """Fill the form and send it."""
    for name, text in typed.items():
        page.fill(f"#{name}", text)
    page.click("button[type=submit]")


def test_who_logs_in_comes_to_the_page_they_wanted(door: Door) -> None:
    add(door.people, "mei", "dispatcher")
    page = door.page("/machines?state=fault")
    assert "/login?to=" in page.url
    fill(page, name="mei", password="not this one")
    page.wait_for_selector("#password[aria-invalid=true]")
    assert page.input_value("#name") == "mei", "what was typed is kept"
    assert page.inner_text("#password-wrong").strip() == "Name or password is not right."
    fill(page, password=PASSWORD)
    page.wait_for_url("**/machines?state=fault")
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")
    assert door.complaints == []


def test_a_first_password_is_changed_before_the_pages_open(door: Door) -> None:
    add(door.people, "new", "dispatcher", must_change=True)
    page = door.page()
    fill(page, name="new", password=PASSWORD)
    page.wait_for_selector("#new_password")
    fill(page, password=PASSWORD, new_password=NEW, again=NEW + "x")
    page.wait_for_selector("#again[aria-invalid=true]")
    fill(page, new_password="short", again="short")
    page.wait_for_selector("#new_password[aria-invalid=true]")
    assert page.input_value("#password") == PASSWORD
    fill(page, new_password=NEW, again=NEW)
    page.wait_for_url(f"{door.office.origin}/")
    page.goto(f"{door.office.origin}/login")
    page.wait_for_url(f"{door.office.origin}/")
    assert door.complaints == []


def test_a_second_factor_is_asked_for_on_a_page_of_its_own(door: Door) -> None:
    number = add(door.people, "two", "dispatcher")
    secret = pyotp.random_base32()
    door.people.store.write(
        lambda db: db.execute("UPDATE people SET totp = ? WHERE id = ?", (secret, number))
    )
    page = door.page()
    fill(page, name="two", password=PASSWORD)
    page.wait_for_selector("#code")
    fill(page, code="000000")
    page.wait_for_selector("#code[aria-invalid=true]")
    fill(page, code=pyotp.TOTP(secret).at(time.time()))
    page.wait_for_url(f"{door.office.origin}/")
    assert door.complaints == []


def test_a_reset_link_sets_a_new_password(door: Door) -> None:
    number = add(door.people, "lost", "dispatcher")
    link = door.people.store.write(
        lambda db: accounts.offer_reset(db, number, door.people.now(), without_second_factor=False)
    )
    page = door.page(f"/login#reset={link}")
    fill(page, password=NEW, again=NEW)
    page.wait_for_selector("#name")
    fill(page, name="lost", password=NEW)
    page.wait_for_url(f"{door.office.origin}/")
    assert door.complaints == []


def test_the_printed_link_opens_the_pages_once(door: Door) -> None:
    page = door.page(f"/?token={TOKEN}")
    page.wait_for_selector("nav-bar, header-bar")
    again = door.page(f"/?token={TOKEN}")
    again.wait_for_selector("#name")
    assert "link" in again.inner_text("#door form")
    assert door.complaints == []


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_the_door_is_usable_by_keyboard_in_each_theme_and_language(
    door: Door, theme: str, language: str
) -> None:
    page = door.page("/login", locale=language, color_scheme=theme, viewport={"width": 420, "height": 800})
    page.wait_for_selector("#name:focus")
    assert page.evaluate("document.documentElement.lang") == ("zh-CN" if language == "zh-CN" else "en")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420
    page.keyboard.type("nobody")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong password")
    page.keyboard.press("Enter")
    page.wait_for_selector("#password[aria-invalid=true]:focus")
    assert door.complaints == []


def test_the_apis_page_lists_every_operation_offline(door: Door) -> None:
    add(door.people, "dev", "analyst")
    page = door.page("/login?to=/api/docs")
    fill(page, name="dev", password=PASSWORD)
    page.wait_for_selector("#docs details")
    assert page.locator("#docs details").count() > 40
    page.fill("#docs .find", "approvals")
    assert page.locator("#docs details:visible").count() == 5
    page.locator("#docs details:visible summary").first.click()
    assert "approvals.read" in page.locator("#docs details[open]").inner_text()
    assert door.complaints == []


def test_ones_own_account_sets_a_second_factor_and_ends_other_sessions(door: Door) -> None:
    number = add(door.people, "own", "dispatcher")
    door.people.store.write(
        lambda db: sessions.begin(db, number, door.people.now(), address="10.1.1.1", agent="elsewhere")
    )
    page = door.page("/login?to=/account")
    fill(page, name="own", password=PASSWORD)
    page.wait_for_selector(".sessions li:nth-child(2)")
    page.locator(".sessions button").click()
    page.wait_for_selector(".sessions li:nth-child(2)", state="detached")
    fill(page, password="not this one")
    page.wait_for_selector("#password[aria-invalid=true]")
    fill(page, password=PASSWORD)
    secret = page.inner_text(".secret")
    assert page.evaluate("document.querySelector('.box img').naturalWidth") > 100
    fill(page, code=pyotp.TOTP(secret).at(time.time()))
    page.wait_for_selector(".codes li:nth-child(10)")
    page.get_by_role("button", name="I have noted them").click()
    page.fill("#password_again", "not this one")
    page.get_by_role("button", name="Make new codes").click()
    page.wait_for_selector("#password_again[aria-invalid=true]")
    page.fill("#password_again", PASSWORD)
    page.get_by_role("button", name="Make new codes").click()
    page.wait_for_selector(".codes li:nth-child(10)")
    page.get_by_role("button", name="I have noted them").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_selector("#name")
    fill(page, name="own", password=PASSWORD)
    page.wait_for_selector("#code")
    assert door.complaints == []
