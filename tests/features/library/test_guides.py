from __future__ import annotations

import re

import pytest

from ledvei_pwa.features.library.guides import CONTENT, SLUGS, Guide, guides_in

ALLOWED_TAGS = {"p", "h2", "ul", "ol", "li", "strong"}
LONGEST = 2200  # characters of HTML: a guide is read between two visits, and every device keeps them all

both_languages = pytest.mark.parametrize("language", ["nb", "nn"])
every_guide = pytest.mark.parametrize(
    "guide", [*guides_in("nb"), *guides_in("nn")], ids=lambda guide: f"{guide.slug}: {guide.title}"
)


def tags_in(guide: Guide) -> list[str]:
    return re.findall(r"<(/?\w+)", guide.html)


@both_languages
def test_every_guide_is_written_in_both_languages(language: str) -> None:
    assert [guide.slug for guide in guides_in(language)] == list(SLUGS)
    assert {path.stem for path in (CONTENT / language).glob("*.html")} == set(SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_guide_has_the_same_shape_in_both_languages(slug: str) -> None:
    place = SLUGS.index(slug)
    bokmal, nynorsk = guides_in("nb")[place], guides_in("nn")[place]
    assert tags_in(bokmal) == tags_in(nynorsk)
    assert bokmal.html != nynorsk.html


@every_guide
def test_a_guide_has_a_title_a_summary_and_a_text(guide: Guide) -> None:
    assert guide.title.strip()
    assert guide.summary.endswith(".")
    assert guide.html.strip()
    assert len(guide.html) < LONGEST


@every_guide
def test_a_guide_uses_plain_tags_that_all_close(guide: Guide) -> None:
    tags = tags_in(guide)
    assert {tag.lstrip("/") for tag in tags} <= ALLOWED_TAGS
    for tag in ALLOWED_TAGS:
        assert tags.count(tag) == tags.count(f"/{tag}")


@every_guide
def test_a_guide_blames_nobody_and_shouts_at_nobody(guide: Guide) -> None:
    assert "!" not in guide.html + guide.title + guide.summary
