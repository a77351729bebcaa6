"""Policies on templates, styles and icons."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from lucide import IconDoesNotExist

from config.context import EVERY_PAGE
from leads.timeline import ICONS
from people import samples
from people.templatetags.baton import icon

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static" / "css").rglob("*.css"))
NAMING = [*TEMPLATES, *(ROOT / "static" / "js").glob("*.js"), *(ROOT / "people").rglob("*.py")]


def found(pattern, paths, ignoring=r"(?!)"):
    """Where a pattern stands: file and text."""
    return [
        (path.relative_to(ROOT).as_posix(), match.group())
        for path in paths
        for match in re.finditer(pattern, re.sub(ignoring, "", path.read_text()))
    ]


# --- policies -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(r"\sstyle\s*=", id="style attribute"),
        pytest.param(r"<style\b", id="style element"),
        pytest.param(r"<script\b(?![^>]*\ssrc=)[^>]*>", id="script without a source"),
        pytest.param(r"\son[a-z]+\s*=", id="handler attribute"),
        pytest.param(r"(?i)javascript:", id="javascript address"),
        pytest.param(r"\shx-on\b", id="htmx handler"),
        pytest.param(r"""(?:src|href)=["']?(?:https?:)?//""", id="somebody else's server"),
    ],
)
def test_no_template_brings_what_the_content_security_policy_refuses(pattern):
    assert found(pattern, TEMPLATES, ignoring=r"{%.*?%}") == []


def drawn(name):
    try:
        return icon(name) != ""
    except IconDoesNotExist:
        return False


def test_every_icon_that_is_named_can_be_drawn():
    tags = found(r"{% icon \"[^\"]+", TEMPLATES)
    named = {tag.split('"')[1] for _path, tag in tags} | {page[2] for page in EVERY_PAGE}
    named |= set(ICONS.values())
    named |= {entry.icon for entry in samples.LOG}

    assert sorted(name for name in named if not drawn(name)) == []


def test_an_icon_that_does_not_exist_is_loud():
    with pytest.raises(IconDoesNotExist):
        icon("a-baton-in-flight")


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_each_style_sheet_is_one_layer(path):
    assert len(re.findall(r"^@layer [a-z]+ {", path.read_text(), re.MULTILINE)) == 1


def test_no_style_is_left_that_nothing_wears():
    worn = set(re.findall(r"[\w-]+", " ".join(path.read_text() for path in NAMING)))
    worn |= {f"c-{colour}" for colour in samples.COLOURS} | {"htmx-request", "htmx-indicator"}
    names = {
        (path.name, name)
        for path in STYLES
        for name in re.findall(
            r"(?<![\w])\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        )
    }

    assert sorted(name for name in names if name[1] not in worn) == []


# --- the style guide ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_style_guide_is_for_builders_only(client, settings):
    def status():
        return client.get(reverse("styleguide")).status_code

    assert status() == 404
    settings.DEBUG = True
    assert status() == 200
