"""Serve a scripted model that reads PROMPT_PER_S tokens a second: PROMPT_PER_S early|late; prints its URL.

``early`` sends the role chunk at once, as some servers do; ``late`` sends it with the first text.
"""

import signal
import sys

from codestone.testing import ScriptedEndpoint
from codestone.testing.rated import Rated, Rates

CHARACTERS_PER_TOKEN = 8.0  # as the peer's tokenizer has it: its words have seven letters and a space

rates = Rates(
    prompt_per_s=float(sys.argv[1]),
    early_role=sys.argv[2] == "early",
    characters_per_token=CHARACTERS_PER_TOKEN,
)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})  # sigwait takes them, in any thread
with ScriptedEndpoint(Rated(rates)) as server:
    print(server.base_url, flush=True)
    signal.sigwait({signal.SIGINT, signal.SIGTERM})
