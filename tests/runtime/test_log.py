from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from runtime import log


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    structlog.reset_defaults()  # a command that another test ran may have chosen
    yield
    structlog.reset_defaults()


def test_the_log_goes_to_standard_error_only(capsys: pytest.CaptureFixture[str]) -> None:
    log.get(node="office").info("link lost", peer="gw-1")
    out, err = capsys.readouterr()
    assert out == ""
    assert "link lost" in err
    assert "gw-1" in err
    assert "office" in err


def test_somebody_elses_configuration_does_not_move_the_log_to_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with structlog.testing.capture_logs():
        pass
    log.get().info("link lost")
    out, err = capsys.readouterr()
    assert out == ""
    assert "link lost" in err


def test_debug_is_silent_until_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    logger = log.get()
    logger.debug("detail")
    assert capsys.readouterr().err == ""
    log.configure("debug")
    logger.debug("detail")
    assert "detail" in capsys.readouterr().err


def test_machines_get_a_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(as_json=True)
    try:
        raise ValueError("缺货")
    except ValueError:
        log.get(node="office").exception("handler raised")
    entry = json.loads(capsys.readouterr().err)
    assert (entry["level"], entry["event"], entry["node"]) == ("error", "handler raised", "office")
    assert "缺货" in entry["exception"]


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(ValueError, match="log level must be one of debug, info, warning, error, not 'loud'"):
        log.configure("loud")
