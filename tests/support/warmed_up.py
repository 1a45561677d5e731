"""What each start of the app and each made service would load and work out again: once, for `forked.py`."""

from __future__ import annotations

from sqlalchemy.orm import configure_mappers

import tests.support.filled_service  # noqa: F401 – loaded, and not used here
from ledvei_pwa.platform import schema
from ledvei_pwa.platform.assets import content_hash

configure_mappers()
content_hash()
schema.newest_revision()
