"""The lineage site as a person opens it: in a browser, at the page of a mart, on the way to its lineage."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from ..conftest import PROJECT, Pipeline

DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(DRIVER is None, reason="no chromedriver: apt-get install chromium chromium-driver"),
]

MART = "#!/model/model.customer_data_pipeline.mart_sales_orders"
# a browser that asks nobody on the network for anything
QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--window-size=1600,1000",
)  # fmt: skip
NODES = """
    const graph = [...document.querySelectorAll('*')].find(element => element._cyreg);
    return graph ? graph._cyreg.cy.nodes(':visible').map(node => node.id()) : [];
"""


@pytest.fixture
def site(built: None, pipeline: Pipeline) -> str:
    """The file that the last build wrote, as a double click opens it."""
    folder = PROJECT / ".local" / "docs" if os.environ.get("RUNNING_STACK") else pipeline.state / "docs"
    return (folder / "index.html").as_uri()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for word in (*QUIET, f"--user-data-dir={tmp_path}"):
        options.add_argument(word)
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield chrome
    chrome.quit()


def test_the_page_of_a_mart_tells_what_it_and_its_columns_are(site: str, browser: webdriver.Chrome) -> None:
    browser.get(site + MART)
    WebDriverWait(browser, 30).until(lambda page: "Columns" in page.find_element(By.TAG_NAME, "body").text)
    text = browser.find_element(By.TAG_NAME, "body").text
    assert "One row an order for the sales star" in text
    assert "Sales analytics" in text
    assert "ISO 4217 code" in text


def test_the_lineage_of_a_mart_leads_from_the_raw_events_to_power_bi(site: str, browser: webdriver.Chrome) -> None:
    browser.get(f"{site}{MART}?g_v=1&g_i=%2Bmart_sales_orders%2B")
    shown = WebDriverWait(browser, 30).until(lambda page: page.execute_script(NODES))
    assert {name.rpartition(".")[2] for name in shown} >= {
        "raw_sales", "bronze_sales_events", "silver_orders", "fct_orders", "mart_sales_orders", "power_bi_sales",
    }  # fmt: skip
