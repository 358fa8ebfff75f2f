"""What was decided of photos, and what is proposed for the others."""

from sqrt.ui.decisions import Decision, Decisions


def test_of_each_group_the_best_is_proposed_to_be_kept():
    decisions = Decisions(proposed={2, 5})
    assert [decisions[place] for place in (1, 2)] == [Decision.UNDECIDED, Decision.KEEP]


def test_what_was_decided_stays_when_the_proposal_changes():
    decisions = Decisions(proposed={0})
    decisions.make({0: Decision.REJECT, 1: Decision.KEEP})
    decisions.proposed = {1, 2}
    assert [decisions[place] for place in range(3)] == [Decision.REJECT, Decision.KEEP, Decision.KEEP]


def test_keeping_the_best_rejects_only_what_is_undecided():
    decisions = Decisions(proposed={0})
    decisions.make({0: Decision.UNDECIDED, 1: Decision.KEEP})
    decisions.keep_the_best(range(4))
    assert decisions.among(range(4), Decision.KEEP) == [0, 1]
    assert decisions.among(range(4), Decision.REJECT) == [2, 3]
    assert decisions.among(range(4), None) == [0, 1, 2, 3]
    decisions.forget()
    assert decisions.among(range(4), Decision.KEEP) == [0]
