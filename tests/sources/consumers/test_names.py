"""Names that are learned, names that say nothing, names that are given on; owners and remotes. Pure."""

from __future__ import annotations

import pytest

from irkit.model import Sure
from irkit.sources.consumers import generic
from irkit.sources.consumers.interface import ALL, Reference
from irkit.sources.consumers.learned import assigned_name
from irkit.sources.consumers.owners import owners_of, rules
from irkit.sources.consumers.remote import remote_of
from irkit.sources.consumers.resolve import Placed, resolve


@pytest.mark.parametrize(
    ("before", "name"),
    [
        ("NPM_TOKEN=", "NPM_TOKEN"),
        ("export NPM_TOKEN='", "NPM_TOKEN"),
        ("first\n  NPM_TOKEN: ", "NPM_TOKEN"),
        ('{"npmToken": "', "npmToken"),
        ('os.environ["NPM_TOKEN"] = "', "NPM_TOKEN"),
        ('npm_token: str = "', "npm_token"),
        ("ENV NPM_TOKEN ", "NPM_TOKEN"),
        ("ARG NPM_TOKEN=", "NPM_TOKEN"),
        ("$npmToken = '", "npmToken"),
        ('npm_token  = "', "npm_token"),
        ("NPM_HEADER: Bearer ", "NPM_HEADER"),
        ("env:\n  - name: NPM_TOKEN\n    value: ", "NPM_TOKEN"),
        ('{\n "name": "NPM_TOKEN",\n "value": "', "NPM_TOKEN"),
        ("//registry.example.org/:_authToken=", "_authToken"),
        ("curl -H 'Authorization: Bearer ", "Authorization"),
        ("see ", ""),
        ("https://", ""),
        ("", ""),
        ("NPM_TOKEN=x\n", ""),
    ],
)
def test_the_name_is_the_left_hand_side(before, name):
    assert assigned_name(before) == name


@pytest.mark.parametrize(
    "name", ["token", "TOKEN", "API_KEY", "_authToken", "apiKey", "Authorization", "default", "password2", "k"]
)
def test_names_that_everything_has_say_nothing(name):
    assert generic(name)


@pytest.mark.parametrize("name", ["NPM_TOKEN", "AWS_SECRET_ACCESS_KEY", "npmToken", "DEPLOY_KEY", "SLACK_BOT_TOKEN"])
def test_names_that_say_something(name):
    assert not generic(name)


def placed(path: str, *needs: str, gives: tuple[str, ...] = (), sure: Sure = Sure.NAMED) -> Placed:
    return Placed(path, "fake", Reference(needs, "what", "how", 1, gives, sure=sure))


def test_a_value_is_followed_under_each_name_in_whatever_order_the_files_come():
    last, middle, first = (
        placed("c", "C_NAME"),
        placed("b", "B_NAME", gives=("C_NAME",)),
        placed("a", "A_NAME", gives=("B_NAME",)),
    )
    matches, known = resolve([last, middle, first], ["A_NAME"])
    assert [(one.placed.path, one.sure) for one in matches] == [
        ("c", Sure.PASSED_ON),
        ("b", Sure.PASSED_ON),
        ("a", Sure.NAMED),
    ]
    assert {"B_NAME", "C_NAME"} <= known


def test_names_in_a_circle_end():
    matches, _ = resolve(
        [placed("a", "A_NAME", gives=("B_NAME",)), placed("b", "B_NAME", gives=("A_NAME",))], ["A_NAME"]
    )
    assert len(matches) == 2


def test_a_name_that_everything_has_is_given_on_within_the_file():
    found = [placed("a", "A_NAME", gives=("TOKEN",)), placed("a", "TOKEN"), placed("b", "TOKEN")]
    assert [one.placed.path for one in resolve(found, ["A_NAME"])[0]] == ["a", "a"]


def test_what_takes_a_whole_set_may_take_it_and_is_sure_when_the_set_is_named():
    context = placed("a", ALL, "context", sure=Sure.MAY)
    assert resolve([context], ["A_NAME"])[0][0].sure is Sure.MAY
    assert resolve([context], ["context"])[0][0].sure is Sure.NAMED


def test_what_sets_the_name_from_something_else_is_a_guess():
    (one,) = resolve([placed("a", "OTHER", gives=("A_NAME",))], ["A_NAME"])[0]
    assert one.sure is Sure.GUESS
    assert "from something else" in one.note


OWNERS = """\
# a comment
*            @acme/all
*.js         @acme/js # in a line
/build/      @acme/build
docs/*       docs@example.org
apps/        @acme/apps
/apps/github
**/logs      @acme/logs
spaced\\ name @acme/space
"""


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("x", "@acme/all"),
        ("a/b.js", "@acme/js"),
        ("build/a/b.yml", "@acme/build"),
        ("a/build/b.yml", "@acme/all"),
        ("docs/a.md", "docs@example.org"),
        ("docs/a/b.md", "@acme/all"),
        ("a/apps/b", "@acme/apps"),
        ("apps/github", ""),
        ("a/logs/x", "@acme/logs"),
        ("spaced name", "@acme/space"),
    ],
)
def test_the_last_line_that_matches_says_who_owns_it(path, owner):
    """The examples of GitHub's documentation."""
    assert owners_of(path, rules(OWNERS)) == owner


def test_each_section_of_gitlab_has_its_owners():
    known = rules("* @all\n[Database][2] @dba\n*.sql\n^[Docs]\n*.sql @docs\nREADME @docs\n")
    assert owners_of("a.sql", known) == "@all @dba @docs"
    assert owners_of("README", known) == "@all @docs"


def test_a_pattern_of_many_stars_is_left_out():
    assert rules("*a" * 50 + " @x") == ()


def test_the_remote_called_origin_counts():
    config = '[remote "fork"]\n\turl = git@github.com:me/web.git\n[remote "origin"]\n\turl = https://gitlab.example.org/a/b/web.git\n'
    assert (remote_of(config).host, remote_of(config).slug) == ("gitlab.example.org", "a/b/web")
