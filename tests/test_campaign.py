"""The campaign of random models reports what differs, what raises, and what kills its process."""

import multiprocessing
import os

import campaign
import pytest


def test_models_are_counted_and_compared(capsys, monkeypatch):
    arguments = ["campaign", "4", "--backend", "numpy", "--jobs", "0", "--seed", "3"]
    monkeypatch.setattr(campaign.sys, "argv", arguments)
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert campaign.main() == 0
    assert "4 models, numpy: {'same': 4}" in capsys.readouterr().out


@pytest.mark.skipif(
    multiprocessing.get_start_method() != "fork", reason="the faults are handed on by fork"
)
def test_a_process_that_dies_is_a_failure_of_the_model_it_was_at(monkeypatch, capsys):
    def outcome(seed, backend):
        if seed == 5:
            os._exit(1)
        return "AssertionError: differs" if seed == 7 else "same"

    monkeypatch.setattr(campaign, "outcome", outcome)
    run = campaign.Campaign()
    run.run(range(3, 12), "numpy", jobs=2)
    assert run.failures == {5: "the process died", 7: "AssertionError: differs"}
    assert run.counts == {"same": 7, "failed": 2}
    assert "seed 5: the process died" in capsys.readouterr().out
