"""The pages as a browser opens them: nothing is asked of another machine, and a phone shows them whole."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from pipeline import dashboard
from pipeline.powerbi import artifacts

from .._ports import free_port

DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("built"),
    pytest.mark.skipif(DRIVER is None, reason="no chromedriver: apt-get install chromium chromium-driver"),
]
QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
READY = """
    const app = document.querySelector('[data-testid=stApp]');
    return !!app && app.dataset.testScriptState === 'notRunning' && !!document.querySelector('h1')
        && (document.querySelectorAll('[data-testid=stMetric]').length > 0)
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("dashboard")
    artifacts.parse_project(dashboard.ARTIFACTS)
    port = free_port()
    with (folder / "log").open("wb") as log, dashboard.serve(port, log) as process:
        _wait(port, process)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise AssertionError("the dashboard does not answer")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for word in (*QUIET, f"--user-data-dir={tmp_path}"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield chrome
    chrome.quit()


def opened(browser: webdriver.Chrome, address: str) -> None:
    browser.get(address)
    WebDriverWait(browser, 60, 0.1).until(lambda page: page.execute_script(READY))


def test_nothing_is_asked_of_another_machine(browser: webdriver.Chrome, address: str) -> None:
    opened(browser, address)
    opened(browser, f"{address}/sales")
    said = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [one["params"]["request"]["url"] for one in said if one["method"] == "Network.requestWillBeSent"]
    assert len(asked) > 10
    assert {url for url in asked if not url.startswith((address, "data:", "blob:", "chrome:"))} == set()


def test_a_phone_shows_the_page_without_scrolling_aside(browser: webdriver.Chrome, address: str) -> None:
    words = {"width": 400, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", words)
    opened(browser, address)
    width = "return document.querySelector('[data-testid=stMain]').scrollWidth"
    assert browser.execute_script(width) <= 400


def test_the_dark_is_the_browsers_to_choose(browser: webdriver.Chrome, address: str) -> None:
    colour = "return getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    axis = "const axis = document.querySelector('.role-axis-label text'); return axis && getComputedStyle(axis).fill"
    found, axes = [], []
    for scheme in ("light", "dark"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        opened(browser, address)
        found.append(browser.execute_script(colour))
        axes.append(WebDriverWait(browser, 30).until(lambda page: page.execute_script(axis)))
    assert found == ["rgb(255, 255, 255)", "rgb(18, 24, 31)"]
    assert [sum(map(int, one[4:-1].split(","))) > 400 for one in axes] == [False, True], axes


def test_an_address_opens_its_page_with_the_filter_set(browser: webdriver.Chrome, address: str) -> None:
    opened(browser, f"{address}/sales?period=All")
    chosen = "return document.querySelector('[data-testid=stMain]').innerText"
    assert "Days: all" in browser.execute_script(chosen)
    assert browser.title == "Sales · Customer data"
