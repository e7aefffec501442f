package ai.tradesense.desk;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.challenge.MetricsUpdated;
import ai.tradesense.catalog.evaluation.EvaluationStatus;
import ai.tradesense.desk.DeskWorker.Surroundings;
import ai.tradesense.desk.firm.ChallengeRules;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.desk.trader.TradingAccount;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.store.EventFollower;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A desk that runs on a platform, in the background. Several threads may use it.
///
/// On a log that several instances share, each may have a desk: of the same run, which then goes on when one of
/// them dies and has the same result in each; or each of its own. Those who decide are workers, which share the
/// accounts of all runs; what they know of an account is made anew from the log when it comes to another instance.
/// Read models are in each instance, which reads the log from its beginning. Without a log, one desk runs at a
/// time, and the read models are workers, too.
///
/// A desk registers its workers under fixed names, so a platform has one at a time. After its result is there the
/// workers stay, idle, until it is closed.
public final class TradingDesk implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TradingDesk.class);
    private static final int DEFAULT_CONCURRENCY = 32;

    private final TradeSense platform;
    private final DeskSettings settings;
    private final Progress progress = new Progress();
    private final List<Member> members;
    private final DeskModels models;
    private final NotificationWorker notifications;
    private final List<DeskWorker> workers = new ArrayList<>();
    private final List<DeskWorker> registered = new ArrayList<>();
    private final DeskRun run;
    private volatile @Nullable EventFollower follower;
    private final CompletableFuture<DeskResult> result = new CompletableFuture<>();
    private final Thread thread = Thread.ofVirtual().name("trading-desk").unstarted(this::work);

    private TradingDesk(TradeSense platform, DeskSettings settings, int concurrency) {
        this.platform = platform;
        this.settings = settings;
        this.members = IntStream.range(0, settings.accounts())
                .mapToObj(number -> Member.of(settings.run(), number))
                .toList();
        int maxBatch = platform.limits().maxBatchEvents();
        EventStore log = platform.log().orElse(null);
        Surroundings shared = new Surroundings(settings.run(), log, progress, maxBatch, concurrency);
        this.models = DeskModels.in(shared);
        this.notifications = new NotificationWorker(settings.accounts(), settings.failures(), shared);
        workers.addAll(log == null ? models.all() : DeskModels.in(shared).deciding());
        workers.add(notifications);
        this.run = new DeskRun(settings, platform, maxBatch, members, models.gate(), progress);
    }

    /// Registers the workers of the desk and starts it.
    ///
    /// @param settings with a [DeskSettings#run] that the platform's log has not seen yet, or of a run that is to
    ///     be taken up; then its other settings, but for the pace, are those of before
    /// @throws IllegalArgumentException if a desk runs on the platform already
    public static TradingDesk start(TradeSense platform, DeskSettings settings) {
        return start(platform, settings, DEFAULT_CONCURRENCY);
    }

    /// @param concurrency how many subjects each worker works on at the same time
    static TradingDesk start(TradeSense platform, DeskSettings settings, int concurrency) {
        TradingDesk desk = new TradingDesk(platform, settings, concurrency);
        try {
            desk.register();
        } catch (RuntimeException failure) {
            desk.close();
            throw failure;
        }
        desk.thread.start();
        return desk;
    }

    private void register() {
        for (DeskWorker worker : workers) {
            platform.register(worker);
            synchronized (registered) {
                registered.add(worker);
            }
        }
        if (platform.log().isPresent()) {
            follower = platform.follow("desk", 0, EventQuery.ALL, event -> read(event.event()));
        }
    }

    private void read(DomainEvent event) {
        models.all().forEach(model -> model.read(event));
        progress.changed();
    }

    private void work() {
        try {
            run.run();
            progress.await(this::isSettled);
            result.complete(summarize());
        } catch (InterruptedException stopped) {
            result.completeExceptionally(new IllegalStateException(
                    "the desk was closed after " + barsDone() + " of " + barsTotal() + " bars", stopped));
        } catch (RuntimeException | Error failure) {
            LOG.error("The desk failed after {} of {} bars", barsDone(), barsTotal(), failure);
            result.completeExceptionally(failure);
        }
    }

    /// Whether every event is known to everybody that the result depends on: what the desk has published, and what
    /// is known to have followed from it. That grows while somebody learns. So if it is what everybody had learned
    /// before, nothing is under way.
    private boolean isSettled() {
        List<Map<EventType, Integer>> learned =
                models.all().stream().map(LearningWorker::learned).toList();
        Map<EventType, Integer> expected = new HashMap<>(run.published());
        models.all()
                .forEach(model -> model.answered().forEach((type, count) -> expected.merge(type, count, Integer::sum)));
        for (int i = 0; i < learned.size(); i++) {
            if (!learned.get(i).equals(models.all().get(i).wanted(expected))) {
                return false;
            }
        }
        return true;
    }

    private DeskResult summarize() {
        List<AccountSummary> accounts =
                run.accounts().stream().map(this::summarize).toList();
        return new DeskResult(
                barsTotal(), settings.seed(), accounts, models.audit().counts());
    }

    private AccountSummary summarize(TradingAccount account) {
        Member member = account.member();
        EvaluationWorker.Standing standing = models.evaluation().standing(member);
        EvaluationStatus status = standing.status();
        MetricsUpdated latest = standing.latest();
        if (status == null || latest == null) {
            throw new IllegalStateException(member.label() + " was never evaluated");
        }
        PortfolioWorker.Portfolio traded = models.portfolio().portfolio(member);
        RiskBoardWorker.RiskView risk = models.riskBoard().view(member);
        AccessWorker.Access accessed = models.access().access(member);
        return new AccountSummary(
                member.label(),
                member.name(),
                account.strategy(),
                status,
                latest.phase(),
                traded.balance(),
                traded.equity(),
                traded.equity().subtract(ChallengeRules.STARTING_BALANCE),
                traded.deepestDrawdown(),
                latest.tradingDays(),
                traded.ordersPlaced(),
                traded.ordersFilled(),
                traded.ordersCancelled(),
                traded.trades(),
                traded.positionsOpened(),
                traded.positionsModified(),
                traded.positionsClosed(),
                traded.positionsWithProfit(),
                traded.lots(),
                traded.commission(),
                risk.breaches(),
                risk.alerts(),
                risk.halts(),
                risk.highestScore(),
                risk.profile(),
                accessed.sessions(),
                accessed.expiredSessions(),
                accessed.permissions());
    }

    /// How many bars are over.
    public int barsDone() {
        return run.barsDone();
    }

    public int barsTotal() {
        return settings.prices().size();
    }

    /// The newest messages to the trader with a number, from 0.
    List<String> messages(int number) {
        return notifications.messages(members.get(number));
    }

    /// The result, if it is there.
    public Optional<DeskResult> result() {
        return result.isDone() && !result.isCompletedExceptionally() ? Optional.of(result.join()) : Optional.empty();
    }

    /// Waits for the result: until all bars are over and every worker has seen every event.
    ///
    /// @throws IllegalStateException if the desk failed or was closed before
    public DeskResult await() throws InterruptedException {
        try {
            return result.get();
        } catch (ExecutionException failure) {
            Throwable cause = failure.getCause();
            throw new IllegalStateException(
                    "the desk has no result: " + (cause == null ? failure : cause).getMessage(), cause);
        }
    }

    /// Stops where it stands and takes the workers off the platform. Idempotent.
    @Override
    public void close() {
        progress.stop();
        if (thread.isAlive()) {
            thread.interrupt();
        }
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        EventFollower following = follower;
        if (following != null) {
            following.close();
        }
        synchronized (registered) {
            while (!registered.isEmpty()) {
                platform.workers().deregister(registered.removeLast().workerName());
            }
        }
    }
}
