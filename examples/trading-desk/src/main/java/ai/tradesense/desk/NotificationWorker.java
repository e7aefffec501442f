package ai.tradesense.desk;

import ai.tradesense.catalog.auth.UserRegistered;
import ai.tradesense.catalog.challenge.ChallengeCompleted;
import ai.tradesense.catalog.challenge.ChallengeFailed;
import ai.tradesense.catalog.challenge.PhaseCompleted;
import ai.tradesense.catalog.risk.TradingHalted;
import ai.tradesense.catalog.risk.TradingResumed;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.retry.RetryPolicy;
import ai.tradesense.retry.TransientException;
import ai.tradesense.worker.ExecutionContext;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// Tells traders what happened: a welcome by mail, all else in an inbox that keeps the newest messages.
///
/// Its mail gateway shows what the platform is for, unless [DeskSettings#failures] is off. It refuses the address of
/// the first member, which no retry can change: that event becomes the one dead letter of a run. It is too busy for
/// the welcome of the last member at first: that event is retried, and goes through. Nothing else waits for either,
/// and no result depends on them.
final class NotificationWorker extends DeskWorker {
    /// How many messages are kept for a trader.
    static final int INBOX = 50;

    private final Roster<Inbox> inboxes;
    private final int members;
    private final boolean failures;

    private record Inbox(Member member, Deque<String> messages) {}

    NotificationWorker(List<Member> members, boolean failures, Surroundings surroundings) {
        super(
                "desk-notifications",
                surroundings,
                "Auth.User.Registered.v1",
                "Challenge.Phase.Completed.v1",
                "Challenge.Completed.v1",
                "Challenge.Failed.v1",
                "Risk.Trading.Halted.v1",
                "Risk.Trading.Resumed.v1");
        this.inboxes = new Roster<>(members, member -> new Inbox(member, new ArrayDeque<>()));
        this.members = members.size();
        this.failures = failures;
    }

    /// Nobody waits for a mail, so it may be given up.
    @Override
    public int maxRetries() {
        return RetryPolicy.DEFAULT_MAX_RETRIES;
    }

    @Override
    void handle(DomainEvent event, ExecutionContext context) {
        Inbox inbox = inboxes.of(event.subject());
        switch (data(event)) {
            case UserRegistered user -> mail(inbox, user, context);
            case PhaseCompleted phase -> tell(inbox, event, "You completed " + phase.phase());
            case ChallengeCompleted challenge -> tell(inbox, event, "You passed the challenge");
            case ChallengeFailed challenge -> tell(inbox, event, "The challenge ended: " + challenge.rule());
            case TradingHalted halt -> tell(inbox, event, "Trading was halted: " + halt.explanation());
            case TradingResumed resume -> tell(inbox, event, "You may trade again");
            default -> throw new IllegalArgumentException("nobody is told of " + event.type());
        }
    }

    private void mail(Inbox inbox, UserRegistered user, ExecutionContext context) {
        int number = inbox.member().number();
        if (failures && number == 0) {
            throw new PermanentException("the mail gateway refuses the address " + user.email());
        }
        if (failures && number == members - 1 && context.attempt() == 1) {
            throw new TransientException("the mail gateway is busy, it says to come back later");
        }
        context.logger().debug("Welcome mail sent to {}", user.email());
    }

    private static void tell(Inbox inbox, DomainEvent event, String message) {
        synchronized (inbox.messages()) {
            if (inbox.messages().size() == INBOX) {
                inbox.messages().removeFirst();
            }
            inbox.messages().addLast(event.time() + " " + message);
        }
    }

    /// The newest messages to a trader, oldest first.
    List<String> messages(Member member) {
        Inbox inbox = inboxes.of(member.accountId());
        synchronized (inbox.messages()) {
            return List.copyOf(inbox.messages());
        }
    }
}
