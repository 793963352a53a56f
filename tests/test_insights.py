"""From entries to figures: what they show, what they honestly do not, and the charts beside them."""

from __future__ import annotations

import re
import sys
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from causebook import charts, durations, harvest, trends
from causebook.charts import Bars
from causebook.model import ENTRY, Incident
from gitrepo import FIRST, SECOND, GitRepo, Project

PAGE = "insights/index.md"
FIX = {"kind": "fix", "description": "Close it"}


@pytest.fixture
def bare(repo: GitRepo) -> Project:
    """A project without entries."""
    return Project(repo, repo.path)


def page(project: Project) -> str:
    """The page of insights after a harvest."""
    base = project.load()
    todo = harvest.plan(base, project.facts())
    harvest.apply(base, todo)
    return (project.root / "kb" / "records" / PAGE).read_text()


def svg(project: Project, name: str) -> str:
    return (project.root / "kb" / "records" / "insights" / f"{name}.svg").read_text()


def identity(day: str, number: int = 0) -> str:
    return f"{day}-some-incident-{number:04x}"


def section(text: str, heading: str) -> str:
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of all tables below a heading, without rules."""
    part = section(text, heading)
    found = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    return [[re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", cell) for cell in row] for row in found]


def incident(**fields: object) -> Incident:
    made = ENTRY.validate_python({"id": FIRST, "kind": "incident", "title": "T", "status": "draft", **fields})
    assert isinstance(made, Incident)
    return made


# ---- durations


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-01-01T09:00:00Z", "2026-01-01T09:00:20Z", "under a minute"),
        ("2026-01-01T09:00:00Z", "2026-01-01T09:45:00Z", "45 min"),
        ("2026-01-01T09:00:00Z", "2026-01-01T12:12:00+00:00", "3 h 12 min"),
        ("2026-01-01T09:00:00Z", "2026-01-01T10:30:00+01:00", "30 min"),
        ("2026-01-01T00:00:00Z", "2026-01-01T12:12:00Z", "12 h"),
        ("2026-01-01T09:00:00Z", "2026-01-03T13:00:00Z", "2 days 4 h"),
        ("2026-01-01T09:00:00Z", "2026-01-31T13:00:00Z", "30 days"),
        ("2026-01-01", "2026-01-01", "the same day"),
        ("2026-01-01", "2026-01-02", "1 day"),
        ("2026-01-01", "2026-04-07", "96 days"),
        ("2026-01-01T09:00", "2026-01-01T10:00", "1 h"),  # one clock, whichever it is
        ("2026-01-01T09:00", "2026-01-01T20:00:00Z", "the same day"),  # two clocks
    ],
)
def test_a_duration_is_said_as_well_as_its_dates_allow(start: str, end: str, said: str) -> None:
    assert str(durations.between(start, end)) == said


def test_dates_that_contradict_each_other_give_no_duration() -> None:
    assert durations.between("2026-01-05", "2026-01-01") is None
    assert durations.between("2026-01-01T10:00:00Z", "2026-01-01T09:00:00Z") is None


def test_a_day_and_a_time_of_it_are_no_negative_duration() -> None:
    found = durations.between("2026-01-01", "2026-01-01T02:00:00Z")
    assert found is not None
    assert found.seconds == 0
    assert found.to_the_day


def test_to_notice_and_to_resolve_are_read_from_timeline_and_detection() -> None:
    entry = incident(
        timeline=[
            {"at": "2026-01-01T08:00:00Z", "event": "introduced"},
            {"at": "2026-01-01T09:00:00Z", "event": "started"},
            {"at": "2026-01-01T11:00:00Z", "event": "resolved"},
            {"at": "2026-01-01T12:00:00Z", "event": "resolved"},
        ],
        detection={"at": "2026-01-01T09:30:00Z"},
    )
    assert str(durations.of(entry).to_notice) == "30 min"
    assert str(durations.of(entry).to_resolve) == "2 h 30 min"


def test_without_a_moment_of_noticing_resolving_counts_from_the_start() -> None:
    entry = incident(timeline=[{"at": "2026-01-01", "event": "introduced"}, {"at": "2026-01-04", "event": "closed"}])
    assert durations.of(entry).to_notice is None
    assert str(durations.of(entry).to_resolve) == "3 days"
    assert durations.of(incident()).to_resolve is None


@pytest.mark.parametrize(
    ("values", "middle", "ends"),
    [((1, 2, 3, 4), 2.5, (1.5, 3.5)), ((1, 2, 3, 4, 5), 3, (2, 4)), ((5, 1), 3, (1, 5))],
)
def test_median_and_quartiles(values: tuple[float, ...], middle: float, ends: tuple[float, float]) -> None:
    assert durations.median(values) == middle
    assert durations.quartiles(values) == ends


# ---- figures


def test_a_steady_rise_is_told_and_a_flat_line_is_not() -> None:
    assert trends.trend([1, 2, 3, 4, 5, 6, 7, 8, 9, 0]) == (
        "n = 45: rising (Mann-Kendall over 9 whole periods, p < 0.01)"
    )
    assert trends.trend([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]).startswith("n = 45: falling")
    assert trends.trend([2, 1, 3, 2, 1, 3, 2, 1, 3, 0]).startswith("n = 18: no trend (Mann-Kendall")
    assert trends.trend([3] * 10) == "n = 30: no trend (Mann-Kendall over 9 whole periods, p = 1.00)"


def test_the_period_that_is_not_over_tells_nothing() -> None:
    assert trends.trend([1, 2, 1, 2, 1, 2, 1, 2, 50]).startswith("n = 62: no trend (")


@pytest.mark.parametrize("numbers", [[1, 1, 1, 1, 1], [20, 30, 40], [1] * 9, []])
def test_of_few_incidents_no_trend_is_told(numbers: list[int]) -> None:
    assert trends.trend(numbers).startswith(f"n = {sum(numbers)}: no trend; it takes 12 incidents in 8")


def test_a_share_is_told_with_its_interval() -> None:
    assert trends.interval(3, 20) == "3 of 20 (15 %, 95 % interval 5 to 36 %)"
    assert trends.interval(0, 10) == "0 of 10 (0 %, 95 % interval 0 to 28 %)"
    assert trends.interval(0, 0) == "0 of 0"


def test_values_are_counted_by_class() -> None:
    assert trends.histogram([0, 7, 8, 366, 1000], trends.AGES) == (2, 1, 0, 0, 2)


# ---- the page


def test_without_entries_there_is_a_page_and_no_chart(bare: Project) -> None:
    assert "Nothing to count yet" in page(bare)
    assert not list((bare.root / "kb" / "records" / "insights").glob("*.svg"))


def test_five_incidents_show_no_trend(bare: Project) -> None:
    for n in range(5):
        bare.write(identity(f"2026-0{n + 1}-01", n))
    text = page(bare)
    assert "n = 5: no trend; it takes 12 incidents in 8 whole periods to tell one." in text
    assert "What 5 incidents show, counted up to 2026-05-01" in text


def test_incidents_are_counted_by_month_and_class(bare: Project) -> None:
    for n, (day, playbook) in enumerate(
        [("2026-01-01", "loop-closed"), ("2026-01-20", "loop-closed"), ("2026-03-01", None)]
    ):
        bare.write(identity(day, n), playbook=playbook)
    bare.write(identity("2026-02-01", 9), status="duplicate")
    assert rows(page(bare), "Incidents over time") == [
        ["Month", "loop-closed", "no playbook named", "All"],
        ["2026-03", "0", "1", "1"],
        ["2026-02", "0", "0", "0"],
        ["2026-01", "2", "0", "2"],
    ]


@pytest.mark.parametrize(
    ("last", "unit", "periods"), [("2022-01-01", "month", 24), ("2022-03-01", "quarter", 9), ("2027-01-01", "year", 8)]
)
def test_the_unit_grows_with_the_time(bare: Project, last: str, unit: str, periods: int) -> None:
    bare.write(identity("2020-02-01"))
    bare.write(identity(last, 1))
    base = bare.load()
    found = trends.over_time(trends.counted(base), date.fromisoformat(last), most=7)
    assert (found.unit, len(found.periods)) == (unit, periods)
    assert sum(found.totals) == 2
    assert (found.totals[0], found.totals[-1]) == (1, 1)


def test_more_classes_than_colours_are_one_row(bare: Project) -> None:
    for n in range(12):
        bare.write(identity("2026-01-01", n), playbook=f"class-{n % 9}")
    bare.write(identity("2026-01-01", 99))
    found = trends.over_time(trends.counted(bare.load()), date(2026, 1, 1), most=charts.MOST_SERIES)
    names = [name for name, _ in found.classes]
    assert names == ["class-0", "class-1", "class-2", "class-3", "class-4", trends.OTHERS, trends.NO_CLASS]
    assert sum(found.totals) == 13


def test_times_are_told_with_median_spread_and_n(bare: Project) -> None:
    for n, hours in enumerate((1, 2, 3, 4, 40)):
        bare.write(
            identity("2026-01-01", n),
            severity="sev2" if n else "sev1",
            timeline=[
                {"at": "2026-01-01T00:00:00Z", "event": "started"},
                {"at": f"2026-01-{1 + hours // 24:02}T{hours % 24:02}:00:00Z", "event": "resolved"},
            ],
        )
    bare.write(identity("2026-01-02", 9), severity="sev3")
    found = rows(page(bare), "Time to notice, time to resolve")
    assert ["all", "6", "0", "unknown", "n = 0: too few"] in found
    assert ["all", "6", "5", "3 h", "2 h to 4 h", "1 h to 1 day 16 h"] in found
    assert ["sev1", "1", "1", "1 h", "n = 1: too few", "1 h"] in found
    assert ["sev2", "4", "4", "3 h 30 min", "2 h 30 min to 22 h", "2 h to 1 day 16 h"] in found


def test_days_without_a_time_are_told_to_the_day(bare: Project) -> None:
    timeline = [{"at": "2026-01-01", "event": "started"}, {"at": "2026-01-03", "event": "detected"}]
    bare.write(FIRST, timeline=timeline)
    assert ["all", "1", "1, 1 to the day", "2 days", "n = 1: too few", "2 days"] in rows(
        page(bare), "Time to notice, time to resolve"
    )


def test_a_recurrence_after_a_fix_is_told(bare: Project) -> None:
    first, second = identity("2026-01-01"), identity("2026-01-11", 1)
    bare.write(first, title="The first", status="resolved", playbook="loop-closed", fix=FIX)
    bare.write(
        second, title="The second", playbook="loop-closed", relations=[{"type": "recurrence_of", "target": first}]
    )
    found = rows(page(bare), "Again after a fix")
    assert ["loop-closed", "2", "1", "1", "1"] in found
    assert ["2026-01-01", "The first", "2026-01-11", "The second", "10"] in found
    assert "1 of 1 (100 %, 95 % interval 21 to 100 %)" in page(bare)


def test_what_was_never_fixed_cannot_come_back(bare: Project) -> None:
    first, second = identity("2026-01-01"), identity("2026-01-11", 1)
    bare.write(first, status="resolved", fix={"kind": "workaround", "description": "Restart it"})
    bare.write(second, relations=[{"type": "recurrence_of", "target": first}])
    assert "No incident says yet that its cause was removed." in page(bare)


def test_lessons_are_counted_by_what_keeps_them(bare: Project) -> None:
    bare.write(
        FIRST,
        lessons=[
            {"rule": "A", "enforced_by": {"kind": "test"}},
            {"rule": "B", "enforced_by": {"kind": "documentation"}},
            {"rule": "C"},
            {"rule": "D", "state": "retired"},
        ],
    )
    text = page(bare)
    assert "1 of 3 lessons are kept by a machine" in text
    assert ["nothing", "1"] in rows(text, "Lessons, kept or only remembered")


def test_open_actions_are_listed_by_age_and_overdue(bare: Project) -> None:
    old, new = identity("2026-01-01"), identity("2026-03-02", 1)
    bare.write(old, title="Old", actions=[{"description": "Do it", "kind": "prevent", "due": "2026-02-28"}])
    done = {"description": "Done", "kind": "prevent", "status": "complete"}
    bare.write(new, title="New", actions=[{"description": "Later", "kind": "detect"}, done])
    assert rows(page(bare), "Open actions by age")[1:] == [
        ["60", "2", "Do it", "nobody yet", "Old"],
        ["0", "", "Later", "nobody yet", "New"],
    ]


def test_files_of_two_incidents_are_hot(bare: Project) -> None:
    fix = {**FIX, "files": [{"path": "src/pool.py"}, {"path": "src/other.py"}]}
    bare.write(FIRST, fix=fix)
    bare.write(identity("2026-02-02"), fix={**FIX, "files": [{"path": "src/pool.py"}]})
    text = page(bare)
    assert rows(text, "Hot files")[1:] == [["<code>src/pool.py</code>", "2", "2026-02-02"]]
    assert "Of 2 files" in text


def test_what_brought_the_fault_makes_no_file_hot(project: Project) -> None:
    begin = project.repo.run("rev-list", "--max-parents=0", "HEAD")
    for n in range(2):
        project.write(identity("2026-02-02", n), commits=[{"sha": begin, "role": "introduced"}])
    assert "README.md" not in page(project)


def test_open_and_reverted_and_old_entries_go_stale(project: Project) -> None:
    fix = project.repo.run("rev-parse", "HEAD~1")
    project.repo.run("revert", "--no-edit", fix)
    project.write("2026-01-03-still-open-0c0c", title="Still open", status="investigating")
    project.write("2027-06-01-newest-0d0d", title="Newest")
    found = rows(page(project), "Going stale")
    assert ["Days since the last change", "Entry", "Why look again"] in found
    shown = {row[1]: row[2] for row in found[1:]}
    assert shown["The pool outlives its loop"] == "its fix was reverted"
    assert shown["Still open"] == "investigating, and unchanged for 514 days"
    assert "Newest" not in shown


def test_an_entry_whose_fix_lost_its_file_is_going_stale(project: Project) -> None:
    fix = {**FIX, "landed_with": "self", "files": [{"path": "src/pool.py"}]}
    project.write(FIRST, status="resolved", fix=fix)
    assert "is gone" not in section(page(project), "Going stale")
    project.repo.commit({"src/pool.py": None}, "Take it out")
    shown = {row[1]: row[2] for row in rows(page(project), "Going stale")}
    assert shown["The pool outlives its loop"] == "a file of its fix, or a test that guards it, is gone"


def test_the_page_does_not_change_with_the_clock_or_a_later_commit(project: Project) -> None:
    text = page(project)
    project.repo.commit({"src/pool.py": "pool = 3\n"}, "Later", date="2030-01-01T12:00:00+00:00")
    assert page(project) == text


# ---- the charts


BARS = Bars("Two bars & <more>", ("first", "v1.25"), (("a<b", (1, 2)), ("second", (0, 3))), lying=True)


def test_a_chart_is_xml_without_scripts_that_says_what_it_shows() -> None:
    text = charts.draw(BARS)
    root = ET.fromstring(text)  # noqa: S314 - our own
    assert root.get("role") == "img"
    assert root.get("aria-label") == BARS.title
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "title", "style", "g", "rect", "path", "text"}
    assert not [a for element in root.iter() for a in element.attrib if a.startswith("on") or a == "style"]
    assert {"first", "v1.25", "a<b", "second"} <= {element.text for element in root.iter()}
    assert (root.get("width"), root.get("height")) == tuple(map(str, charts.size(BARS)))


def test_drawing_leaves_the_imports_of_others_alone() -> None:
    charts.draw(BARS)
    assert "pygal" not in {type(finder).__module__ for finder in sys.meta_path}


def test_a_chart_is_the_same_each_time() -> None:
    assert charts.draw(BARS) == charts.draw(BARS)


def test_bars_are_as_long_as_their_numbers() -> None:
    root = ET.fromstring(charts.draw(Bars("T", ("a", "b"), (("n", (1, 3)),), lying=True)))  # noqa: S314 - our own
    widths = [float(e.get("width", 0)) for e in root.iter() if "rect " in e.get("class", "")]
    assert widths[1] == pytest.approx(widths[0] / 3, rel=0.01)  # read from the top, drawn from the bottom


def test_a_chart_on_disk_stands_until_its_data_changes() -> None:
    drawn = charts.draw(BARS)
    # As another version of the library would have drawn it: its own stamp holds.
    import hashlib

    body = drawn[: drawn.index("<!-- made of")].replace("14px", "15px")
    other = f"{body}<!-- made of {BARS.digest}, is {hashlib.sha256(body.encode()).hexdigest()} -->\n"
    assert charts.draw(BARS, other.encode()) == other
    changed = Bars(BARS.title, BARS.labels, (("a<b", (1, 2)), ("second", (0, 4))), lying=True)
    assert charts.draw(changed, drawn.encode()) == charts.draw(changed)


@pytest.mark.parametrize("there", [b"", b"<svg/>", b"\xff\xfe"])
def test_a_chart_that_someone_changed_is_drawn_again(there: bytes) -> None:
    drawn = charts.draw(BARS)
    assert charts.draw(BARS, there) == drawn
    assert charts.draw(BARS, drawn.replace("first", "worst").encode()) == drawn


def test_harvest_keeps_mends_and_deletes_charts(bare: Project) -> None:
    bare.write(FIRST)
    bare.write(SECOND, kind="session", title="S", status="planned")
    page(bare)
    before = svg(bare, "stale")
    assert harvest.plan(bare.load(), bare.facts()).up_to_date
    (bare.root / "kb" / "records" / "insights" / "stale.svg").write_text(before.replace("open", "shut"))
    page(bare)
    assert svg(bare, "stale") == before
    for identity_ in (FIRST, SECOND):
        bare.path(identity_).unlink()
    page(bare)
    assert not list((bare.root / "kb" / "records" / "insights").glob("*.svg"))


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [charts.LIGHT, charts.DARK])
def test_text_and_bars_stand_out_in_both_schemes(scheme: tuple[str, ...]) -> None:
    background, text, faint, _, *series = scheme
    assert min(contrast(background, text), contrast(background, faint)) >= 4.5
    assert min(contrast(background, colour) for colour in series) >= 3
    assert len(set(series)) == charts.MOST_SERIES


def test_a_title_from_an_entry_cannot_become_markup(bare: Project) -> None:
    evil = '"><script>alert(1)</script>/x.py'
    for n in range(2):
        bare.write(identity("2026-01-01", n), fix={**FIX, "files": [{"path": evil}, {"path": "b.py"}]})
    assert "<script" not in page(bare)
    assert "<script" not in svg(bare, "files")
