"""What people typed into the text for customers: nothing from inside gets out in any shape, and what everybody may know stays."""

from __future__ import annotations

import html
import json
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irkit.model import Kind
from irkit.postmortem import Postmortem, postmortem, to_html, to_json, to_markdown
from irkit.postmortem.editions.audiences import for_audience
from irkit.postmortem.editions.customer import TYPED
from irkit.postmortem.editions.ours import Ours, ours
from irkit.postmortem.editions.typed import Search, pointed
from irkit.postmortem.telling import tell
from irkit.postmortem.writing.people import Front, People
from tests.postmortem import story
from tests.postmortem.story import NOW

TEAM = Ours(
    frozenset({"git.acme.test", "corp.acme.test", "build7-x"}),
    frozenset({"acme.test"}),
    frozenset({"releases@acme.test"}),
)
STAYS = (
    "github.com", "status.acme.test", "https://status.acme.test/incidents/12", "security@acme.test", "releases@acme.test",
    "carol@elsewhere.test", "acme.test", "widget-2.3.1.tar.gz", "version 2.3.1", "24/7", "and/or", "std::string", "12:30:45Z",
    "the local team", "go home", "internal", "our home page", "https://github.com/acme/widget/releases", "gpg --verify a.asc", "sha256sum",
    "~5 hours", "a lan party", "corp", "SHA256SUMS", "e.g. this", "C: is a drive",
)  # fmt: skip
GOES = {
    "10.1.2.3": "(an address)", "192.168.0.17": "(an address)", "172.20.0.1": "(an address)", "10[.]1[.]2[.]3": "(an address)",
    "fd00::1": "(an address)", "fe80::a:b": "(an address)", "fd00:1:2:3:4:5:6:7": "(an address)", "::1": "(an address)",
    "http://10.0.0.1:8080/x": "(an address)",
    "ssh://git@public.test/x": "(an address)", "git.acme.test": "(an internal host)", "GIT.Acme.Test:443": "(an internal host)",
    "https://git.acme.test/team/secret": "(an internal host)", "db.corp.acme.test": "(an internal host)",
    "build7-x": "(an internal host)", "jenkins.internal": "(an internal host)", "printer.lan": "(an internal host)",
    "nas.home.arpa": "(an internal host)", "vault.svc.cluster.local:8200/v1": "(an internal host)", "dc1.corp": "(an internal host)",
    "wiki[.]internal/leak": "(an internal host)", "alice@acme.test": "(a mail address)", "bob@mail.acme.test": "(a mail address)",
    "root@db.internal": "(a mail address)", "/home/alice/src/widget": "(a home folder)", "/Users/bob": "(a home folder)",
    "~/secrets.env": "(a home folder)", "~alice/bin": "(a home folder)", r"C:\Users\bob\x.txt": "(a home folder)",
    "/root/.ssh/id_ed25519": "(a home folder)", "$HOME/.netrc": "(a home folder)", r"\\files\team\x": "(a place)",
    "/srv/ci/env": "(a place)",
    "git.acme.test-2026.tar": "(an internal host)",
    "db_git.acme.test_old": "(an internal host)",
    "git.acme.test.backup.tar": "(an internal host)",
    "build.corp_1": "(an internal host)",
}  # fmt: skip


@pytest.mark.parametrize(("text", "instead"), GOES.items(), ids=str)
@pytest.mark.parametrize("around", ["It was {}.", "{}", "({}),", '"{}";', "see {}: there", "-{}", "\n{}\n"])
def test_what_tells_of_the_inside_is_replaced_whole(text: str, instead: str, around: str) -> None:
    assert Search((), TEAM).replaced(around.format(text), Counter()) == around.format(instead)


@pytest.mark.parametrize("text", STAYS)
@pytest.mark.parametrize("around", ["It was {}.", "{}", "({}),", "see {} there"])
def test_ordinary_prose_and_public_places_stay(text: str, around: str) -> None:
    assert Search((), TEAM).replaced(around.format(text), count := Counter()) == around.format(text)
    assert not count


def write(text: str, title: str = "") -> Postmortem:
    """The customers' edition of a case whose evidence names two hosts and a person of the team."""
    journal = story.whole()
    journal.add(
        104, Kind.EVIDENCE, {"digest": "sha256:00", "what": "clock", "source": "ssh://git.acme.test/w", "bytes": 1}
    )
    journal.add(
        105, Kind.EVIDENCE, {"digest": "sha256:01", "what": "log", "host": "build7-x", "source": "x", "bytes": 1}
    )
    journal.add(106, Kind.HUMAN_DONE, {"plan": "x", "action": "y", "who": "Zed <zed@acme.test>", "text": "z"})
    said = People(Front.model_validate({"title": title}), {"customer": text})
    return for_audience(postmortem(journal.records, journal.load, NOW, {}, {}, said), "customer")


def read(text: str) -> str:
    """As a reader of any shape reads it: without tags, escapes and emphasis."""
    bare = html.unescape(re.sub(r"<[^>]+>", "", text))
    return re.sub(r"[\\*`]", "", bare).casefold()


def known_to_the_case() -> dict[str, str]:
    """Those that the case knows, or whose shape tells."""
    return {
        text: word for text, word in GOES.items() if "corp.acme" not in text and "\\" not in text and "$" not in text
    }


PIECES = st.one_of(
    st.sampled_from(sorted(known_to_the_case())),
    st.sampled_from([one for one in STAYS if "~" not in one and not one.startswith("releases@")]),
    st.sampled_from(["We revoked the token", "on Monday", "and nothing else", "please update"]),
)
AROUND = st.sampled_from(["{}", "*{}*", "**{}**", "`{}`", "({})", "{}.", "{},"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(PIECES, AROUND), min_size=1, max_size=8), st.sampled_from([" ", "\n\n", "\n- ", " and "]))
def test_nothing_from_inside_gets_out_and_the_rest_stays(pieces: list[tuple[str, str]], between: str) -> None:
    made = write("Dear customer, " + between.join(how.format(text) for text, how in pieces))
    section = made.section("customer")
    used = {text for text, _ in pieces}
    gone, shapes = used & known_to_the_case().keys(), [to_html(made), to_markdown(made), to_json(made)]
    for shape in shapes:
        assert [one for one in gone if one.casefold() in read(shape)] == []
    told = " ".join(read(json.dumps(section.blocks, default=lambda one: vars(one))).split())
    assert [one for one in used - gone if one.casefold() not in told] == []
    listed = [one.what for one in made.withheld if one.rule == TYPED]
    assert bool(listed) is bool(gone)


def test_emphasis_within_a_name_hides_nothing_of_it() -> None:
    made = write(
        "Ask **git**.acme.test, or *jen*kins.`internal`, or [here](https://wiki.corp/x).\n\n| host |\n|--|\n| a.lan |"
    )
    told = to_markdown(made).replace("\\", "")
    assert "Ask **(an internal host)**, or *(an internal host)*, or here ((an internal host))." in told
    assert "a.lan" not in told
    (listed,) = [one for one in made.withheld if one.rule == TYPED]
    assert (listed.section, listed.what) == ("What customers are told", "4 times (an internal host)")


def test_what_goes_by_another_name_is_counted_without_a_word_of_it() -> None:
    made = write(f"It was {story.TOKEN.name}.")
    assert [one.what for one in made.withheld if one.rule == TYPED] == ["once (another name)"]
    assert "It was in question." in to_markdown(made)


def test_the_title_is_a_text_of_people_too() -> None:
    made = write("nothing", title="A leak on git.acme.test")
    assert made.title == "A leak on (an internal host)"
    assert [one.what for one in made.withheld if one.rule == TYPED] == ["once (an internal host)"]


def test_hosts_that_evidence_names_are_ours_and_public_services_are_not() -> None:
    journal = story.opened(story.TOKEN)
    for number, source in enumerate(
        (
            "https://ci.eu.acme.test/job/7",
            "git@git.acme.test:w.git",
            "https://github.com/acme/w",
            "https://10.0.0.1/x",
        )
    ):
        journal.add(number, Kind.EVIDENCE, {"digest": f"sha256:{number}", "what": "x", "source": source, "bytes": 1})
    journal.add(
        8, Kind.EVIDENCE, {"digest": "sha256:8", "what": "x", "place": "git-tag", "machine": "build7-x", "source": "x"}
    )
    journal.add(9, Kind.NOTE, {"section": "customer", "text": "see https://status.acme.test"})
    found = ours(tell(journal.records, journal.load), People())
    assert found.hosts == {"ci.eu.acme.test", "eu.acme.test", "git.acme.test", "build7-x"}


def test_the_writer_is_told_each_with_its_line() -> None:
    text = "<!-- asks -->\n\nHello.\n\nAsk **git**.acme.test\nor a@acme.test."
    said = list(pointed({"postmortem/customer.md": text}, (), TEAM))
    assert said == [
        ("postmortem/customer.md", "git.acme.test", "(an internal host)"),
        ("postmortem/customer.md:6", "a@acme.test", "(a mail address)"),
    ]
