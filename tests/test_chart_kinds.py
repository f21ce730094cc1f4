"""Every kind of chart: whether one can read it, and what it says of results that do not fit."""

from __future__ import annotations

import pytest

from crowded import assert_readable, crowded
from nqpf.charts.draw import KINDS, draw
from nqpf.charts.gallery import Gallery
from nqpf.charts.kinds import KINDS as SPECIFIED
from nqpf.charts.material import Results
from nqpf.study.folder import open_study, shipped_study
from test_charts import needs_chinese

both_languages = pytest.mark.parametrize("lang", ["en", pytest.param("zh", marks=needs_chinese)])


def test_every_kind_has_a_function_that_draws_it() -> None:
    assert set(KINDS) == set(SPECIFIED)


@pytest.mark.parametrize("kind", KINDS)
@both_languages
def test_crowded_charts_can_be_read(kind: str, lang: str) -> None:
    assert_readable(draw(crowded(kind, lang)))


@both_languages
def test_diagrams_of_the_shipped_model_can_be_read(lang: str) -> None:
    gallery = Gallery(open_study(shipped_study()))
    drawings = gallery.drawn(gallery.of("model"), Results(), lang)
    assert len(drawings) == 11
    for drawing in drawings.values():
        assert_readable(draw(drawing))
