import os
import signal
import threading

import pytest

from codestone.engine.interrupt import Interrupt


def signalled(number=signal.SIGINT) -> None:
    """Send ourselves a signal; its handler has run when this returns."""
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_outside_of_a_held_block_a_signal_stops_at_once(number):
    """Ctrl-C and `kill` alike."""
    with Interrupt(), pytest.raises(KeyboardInterrupt):
        signalled(number)


def test_a_held_block_is_finished_before_the_stop():
    """What is being written is written."""
    written = []

    def write(interrupt):
        with interrupt.held():
            signalled()
            written.append("whole")
        written.append("never")

    with Interrupt() as interrupt, pytest.raises(KeyboardInterrupt):
        write(interrupt)
    assert written == ["whole"]


def test_a_signal_at_the_very_start_of_a_held_block_is_not_lost():
    """There is no moment at which Ctrl-C does nothing."""

    class Early(Interrupt):
        def __setattr__(self, name, value):
            super().__setattr__(name, value)
            if (name, value) == ("_depth", 1):
                signalled()

    def write(interrupt):
        with interrupt.held():
            written.append("whole")
        written.append("never")

    written = []
    with Early() as interrupt, pytest.raises(KeyboardInterrupt):
        write(interrupt)
    assert written == ["whole"]


def test_a_second_signal_ends_a_held_block_too():
    """Whoever presses twice means it."""
    written = []

    def write(interrupt):
        with interrupt.held():
            signalled()
            signalled()
            written.append("never")

    with Interrupt() as interrupt, pytest.raises(KeyboardInterrupt):
        write(interrupt)
    assert not written


def test_what_is_held_while_a_stop_is_under_way_is_finished():
    """The writing that an interruption leads to is not interrupted by the same signal."""
    written = []

    def write(interrupt):
        try:
            signalled()
        finally:
            with interrupt.held():
                written.append("whole")

    with Interrupt() as interrupt, pytest.raises(KeyboardInterrupt):
        write(interrupt)
    assert written == ["whole"]


def test_the_handlers_before_are_put_back():
    """A library leaves no trace."""
    before = signal.getsignal(signal.SIGINT)
    with Interrupt():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_in_another_thread_signals_are_left_alone():
    """Only the main thread hears them, and Python forbids the rest."""
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def work():
        with Interrupt() as interrupt, interrupt.held():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
