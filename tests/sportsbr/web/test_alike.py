from __future__ import annotations

import re

import pytest
from django.urls import reverse

from sportsbr.recordings import ledger
from tests.sportsbr.web.stored import make_coach, make_report
from tests.sportsbr.web.stored_explained import make_explained

pytestmark = pytest.mark.django_db
EN, ZH = {"HTTP_ACCEPT_LANGUAGE": "en"}, {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9"}


@pytest.fixture(autouse=True)
def _no_doorbell(monkeypatch):
    monkeypatch.setattr(ledger, "_send", lambda name, key: None)


@pytest.fixture
def club(client):
    user, club = make_coach()
    client.force_login(user)
    return club


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            EN,
            ("Why these labels", "Decided mostly by left knee", "angle of the left knee", "+2.50"),
        ),
        (ZH, ("为什么是这些标签", "主要由左侧膝部", "左膝角度", "注意力表示信息如何混合")),
    ],
)
def test_a_report_says_why(client, club, lang, words):
    page = text_of(client.get(reverse("web:report", args=[make_explained(club).pk]), **lang))
    for text in words:
        assert text in page
    assert "<explanation-strip>" in page
    assert 'id="segment-s1"' in page


def test_a_report_of_another_model_says_nothing_of_it(client, club):
    page = text_of(client.get(reverse("web:report", args=[make_report(club).pk]), **EN))
    assert "Why these labels" not in page
    assert "<explanation-strip>" not in page


def test_similar_repetitions_lead_to_their_reports(client, club):
    first = make_explained(club, title="Squats, Monday")
    last = make_explained(club)
    answer = client.get(reverse("web:similar", args=[last.pk, "s1"]), **EN)
    page = text_of(answer)
    assert f"/reports/{first.pk}/#segment-s1" in page
    assert page.index("Squats, Monday") < page.index("0.80")
    nothing = client.get(reverse("web:similar", args=[first.pk, "s1"]), **EN)
    assert "Nothing earlier" in text_of(nothing)


def test_strangers_see_neither_similar_repetitions_nor_the_map(client, club):
    report = make_explained(club)
    stranger, other = make_coach("other@example.com", club="Elsewhere")
    client.force_login(stranger)
    assert client.get(reverse("web:similar", args=[report.pk, "s1"])).status_code == 404
    assert client.get(reverse("web:map"), {"club": str(club.pk)}).status_code == 404
    assert str(other.pk) in text_of(client.get(reverse("web:map")))


def test_the_map_page_in_both_languages(client, club):
    assert "Map of repetitions" in text_of(client.get(reverse("web:map"), **EN))
    page = text_of(client.get(reverse("web:map"), **ZH))
    assert "动作地图" in page
    assert f'data-map="/api/v1/map/?club={club.pk}"' in page
