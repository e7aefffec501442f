package ai.tradesense.kafka;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CommitStateTest {
    private static final long BEGINNING = Duration.ofHours(1).toNanos();

    private final CommitState commits = new CommitState(Duration.ofSeconds(5), BEGINNING);

    private static long after(long millis) {
        return BEGINNING + Duration.ofMillis(millis).toNanos();
    }

    @Test
    void what_is_done_with_is_to_be_committed_after_a_few_milliseconds() {
        assertFalse(commits.isDue(after(6)));
        commits.want(after(6));
        assertTrue(commits.isDue(after(6)));

        commits.begin(after(6));
        commits.sent();
        commits.want(after(7));
        assertFalse(commits.isDue(after(20)), "one commit is under way at a time");
        commits.accepted(after(6));
        assertTrue(commits.isDue(after(20)));
    }

    @Test
    void a_lease_lasts_from_when_the_last_commit_was_sent_that_was_accepted() {
        assertFalse(commits.mustProve(after(900)));
        assertTrue(commits.mustProve(after(1_100)));
        commits.begin(after(1_100));
        commits.sent();
        commits.accepted(after(1_100));
        assertFalse(commits.hasLapsed(after(6_000)));
        assertTrue(commits.hasLapsed(after(6_200)));
    }

    @Test
    void a_member_whose_commits_are_refused_is_behind_until_one_is_accepted() {
        commits.want(after(10));
        commits.begin(after(10));
        commits.sent();
        assertFalse(commits.isBehind(after(11)));
        commits.refused();
        assertTrue(commits.isBehind(after(11)));
        assertFalse(commits.catchesUp(after(11)));
        assertTrue(commits.mustProve(after(16)), "even if there is nothing to commit any more");

        commits.begin(after(16));
        commits.sent();
        commits.accepted(after(16));
        assertFalse(commits.isBehind(after(17)));
        assertTrue(commits.catchesUp(after(17)));
        assertFalse(commits.catchesUp(after(18)), "it has been told");
    }

    @Test
    void a_member_whose_commit_is_not_answered_is_behind() {
        commits.want(after(10));
        commits.begin(after(12));
        commits.sent();
        assertFalse(commits.isBehind(after(35)));
        assertTrue(commits.isBehind(after(36)), "what was done with at 10 ms");
        commits.accepted(after(12));
        assertFalse(commits.isBehind(after(36)));
    }

    @Test
    void a_member_whose_thread_is_busy_with_something_else_is_behind() {
        commits.want(after(10));
        commits.want(after(30));
        assertTrue(commits.isBehind(after(36)));
    }

    @Test
    void a_member_that_has_nothing_to_commit_is_not_behind() {
        commits.want(after(10));
        commits.begin(after(15));
        commits.nothing();
        assertFalse(commits.isBehind(after(1_000)));
        assertFalse(commits.isBusy());
    }

    @Test
    void who_was_told_that_a_member_is_behind_hears_that_it_no_longer_is_however_short_that_was() {
        commits.want(after(10));
        assertTrue(commits.isBehind(after(36)), "asked between two steps of the member's thread");
        commits.begin(after(36));
        commits.sent();
        commits.accepted(after(36));

        assertTrue(commits.catchesUp(after(37)));
        assertFalse(commits.catchesUp(after(38)), "it has been told");
    }
}
