"""A plain text is put together directly, and reads as Liquid would have it."""

from hypothesis import given
from hypothesis import strategies as st

from nurture.merge import ESCAPING, PLAIN
from nurture.wording import Text

FIELDS = st.sampled_from(["lead.first_name", "lead.name", "fields.line", "lead['name']", "link_0"])
WORDS = st.text("aZ<&>'\"é\n\t\r .-|:[]", max_size=20)
PIECES = st.lists(st.one_of(WORDS, FIELDS.map("{{{{ {} }}}}".format)), max_size=8)
VALUES = st.text("aZ<&>'\"é\n{}% ", max_size=12)


@given(PIECES, VALUES, VALUES, VALUES, st.sampled_from([PLAIN, ESCAPING]))
def test_a_plain_text_reads_as_liquid_would_have_it(pieces, name, line, link, environment):
    known = {"lead": {"first_name": name, "name": f"{name} H"}, "fields": {"line": line}, "link_0": link}
    text = Text.compile("".join(pieces), environment)

    assert text.pieces is not None
    assert text.render(known) == text.template.render(**known)


def test_anything_but_words_and_fields_is_left_to_liquid():
    for source in ("{{ lead.name | upcase }}", "{% if lead %}x{% endif %}", "{{ lead.size }}", "{{ 'x' }}"):
        assert Text.compile(source, PLAIN).pieces is None
