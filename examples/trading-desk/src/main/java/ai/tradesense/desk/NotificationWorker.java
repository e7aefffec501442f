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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Tells traders what happened: a welcome by mail, all else in an inbox that keeps the newest messages.
///
/// Its mail gateway shows what the platform is for, unless [DeskSettings#failures] is off. It refuses the address
/// of the first member, which no retry can change: that event becomes the one dead letter of a run. It is too busy
/// for the welcome of the last member at first: that event is retried, and goes through. Nothing else waits for
/// either, and no result depends on them.
final class NotificationWorker extends DeskWorker {
    /// How many messages are kept for a trader.
    static final int INBOX = 50;

    private final Map<String, Inbox> inboxes = new ConcurrentHashMap<>(); // by account
    private final int members;
    private final boolean failures;

    /// What a trader was told. Guarded by itself.
    private static final class Inbox {
        private final Deque<String> messages = new ArrayDeque<>();
        private final Set<String> told = new HashSet<>(); // ids of events
    }

    NotificationWorker(int members, boolean failures, Surroundings surroundings) {
        super(
                "desk-notifications",
                surroundings,
                "Auth.User.Registered.v1",
                "Challenge.Phase.Completed.v1",
                "Challenge.Completed.v1",
                "Challenge.Failed.v1",
                "Risk.Trading.Halted.v1",
                "Risk.Trading.Resumed.v1");
        this.members = members;
        this.failures = failures;
    }

    /// Nobody waits for a mail, so it may be given up.
    @Override
    public int maxRetries() {
        return RetryPolicy.DEFAULT_MAX_RETRIES;
    }

    @Override
    void handle(Member member, DomainEvent event, ExecutionContext context) {
        switch (data(event)) {
            case UserRegistered user -> mail(member, user, context);
            case PhaseCompleted phase -> tell(member, event, "You completed " + phase.phase());
            case ChallengeCompleted challenge -> tell(member, event, "You passed the challenge");
            case ChallengeFailed challenge -> tell(member, event, "The challenge ended: " + challenge.rule());
            case TradingHalted halt -> tell(member, event, "Trading was halted: " + halt.explanation());
            case TradingResumed resume -> tell(member, event, "You may trade again");
            default -> throw new IllegalArgumentException("nobody is told of " + event.type());
        }
    }

    private void mail(Member member, UserRegistered user, ExecutionContext context) {
        int number = member.number();
        if (failures && number == 0) {
            throw new PermanentException("the mail gateway refuses the address " + user.email());
        }
        if (failures && number == members - 1 && context.attempt() == 1) {
            throw new TransientException("the mail gateway is busy, it says to come back later");
        }
        context.logger().debug("Welcome mail sent to {}", user.email());
    }

    private void tell(Member member, DomainEvent event, String message) {
        Inbox inbox = inboxes.computeIfAbsent(member.accountId(), _ -> new Inbox());
        synchronized (inbox) {
            if (!inbox.told.add(event.id())) {
                return;
            }
            if (inbox.messages.size() == INBOX) {
                inbox.messages.removeFirst();
            }
            inbox.messages.addLast(event.time() + " " + message);
        }
    }

    /// The newest messages to a trader that this instance has sent, oldest first.
    List<String> messages(Member member) {
        Inbox inbox = inboxes.computeIfAbsent(member.accountId(), _ -> new Inbox());
        synchronized (inbox) {
            return List.copyOf(inbox.messages);
        }
    }
}
