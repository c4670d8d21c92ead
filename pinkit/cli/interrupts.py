"""Ctrl-C, and what schedulers and closing terminals send instead: heard at once, wherever the process waits."""

from __future__ import annotations

import os
import signal
import threading

_PAUSES_S = (0.02, 0.1, 0.5, 2.0)


def hear_interrupts() -> None:
    """Let SIGTERM and SIGHUP end the process as Ctrl-C does, and no signal be missed; for the main thread, once.

    Python looks for signals between two instructions. One that comes just before a call that waits (on a busy
    machine that moment can be long) would be seen when the wait ends, and that may be never: a thread breaks the
    wait.
    """
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows knows no SIGHUP
        # One that the caller lets us ignore stays ignored.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    if not hasattr(signal, "pthread_kill"):
        return
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.signal(signal.SIGURG, lambda *_: None)  # nobody's but ours: otherwise it is ignored
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    threading.Thread(
        target=_nudge, args=(told, threading.get_ident()), name="interrupts", daemon=True
    ).start()


def _nudge(told: int, main: int) -> None:
    pause = threading.Event()
    while number := os.read(told, 1):
        if number[0] != signal.SIGURG:
            for seconds in _PAUSES_S:
                pause.wait(seconds)
                signal.pthread_kill(main, signal.SIGURG)
