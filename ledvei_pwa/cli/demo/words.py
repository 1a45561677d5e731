"""What the demo's people have written (`words.json`): invented, and in both languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

_words: Final[dict[str, dict[str, list[Any]]]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)
TOPICS: Final = _words["topics"]
WENT_WELL: Final = _words["went_well"]
SUPERVISOR_PREPARATION: Final = _words["supervisor_preparation"]
AGREEMENTS: Final = _words["agreements"]
SUMMARIES: Final = _words["summaries"]
DEBRIEFS: Final = _words["debriefs"]
