package ai.tradesense.desk;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.challenge.MetricsUpdated;
import ai.tradesense.catalog.evaluation.EvaluationStatus;
import ai.tradesense.desk.firm.ChallengeRules;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.desk.trader.TradingAccount;
import ai.tradesense.events.EventType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A desk that runs on a platform, in the background. Several threads may use it.
///
/// A desk registers its workers under fixed names, so one runs on a platform at a time. After its result is there the
/// workers stay, idle, until it is closed.
public final class TradingDesk implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TradingDesk.class);
    private static final int DEFAULT_CONCURRENCY = 32;

    private final TradeSense platform;
    private final DeskSettings settings;
    private final Ledger ledger = new Ledger();
    private final Progress progress = new Progress();
    private final List<Member> members;
    private final EvaluationWorker evaluation;
    private final AccessWorker access;
    private final PortfolioWorker portfolio;
    private final RiskBoardWorker riskBoard;
    private final AuditWorker audit;
    private final NotificationWorker notifications;
    private final List<DeskWorker> resultWorkers;
    private final List<DeskWorker> registered = new ArrayList<>();
    private final DeskRun run;
    private final CompletableFuture<DeskResult> result = new CompletableFuture<>();
    private final Thread thread = Thread.ofVirtual().name("trading-desk").unstarted(this::work);

    private TradingDesk(TradeSense platform, DeskSettings settings, int concurrency) {
        this.platform = platform;
        this.settings = settings;
        this.members = IntStream.range(0, settings.accounts())
                .mapToObj(number -> Member.of(settings.run(), number))
                .toList();
        int maxBatch = platform.limits().maxBatchEvents();
        DeskWorker.Surroundings shared = new DeskWorker.Surroundings(ledger, progress, maxBatch, concurrency);
        GateWorker gate = new GateWorker(members, shared);
        this.evaluation = new EvaluationWorker(members, shared);
        this.access = new AccessWorker(members, shared);
        this.portfolio = new PortfolioWorker(members, shared);
        this.riskBoard = new RiskBoardWorker(members, shared);
        this.audit = new AuditWorker(shared);
        this.notifications = new NotificationWorker(members, settings.failures(), shared);
        this.resultWorkers = List.of(
                gate,
                new RiskWorker(members, shared),
                new JudgeWorker(members, shared),
                evaluation,
                access,
                portfolio,
                riskBoard,
                audit);
        this.run = new DeskRun(settings, platform, maxBatch, members, gate, ledger, progress);
    }

    /// Registers the workers of the desk and starts it.
    ///
    /// @param settings with a [DeskSettings#run] that the platform's log has not seen yet
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
        for (DeskWorker worker : resultWorkers) {
            register(worker);
        }
        register(notifications);
    }

    private void register(DeskWorker worker) {
        platform.register(worker);
        synchronized (registered) {
            registered.add(worker);
        }
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

    /// Whether every event was handled by every worker that the result depends on. A worker enters what it publishes
    /// before it counts an event as handled; so if nothing was entered while the counts were read, nothing is under
    /// way.
    private boolean isSettled() {
        Map<EventType, Integer> published = ledger.published();
        return resultWorkers.stream().allMatch(worker -> worker.hasHandled(published))
                && ledger.published().equals(published);
    }

    private DeskResult summarize() {
        List<AccountSummary> accounts =
                run.accounts().stream().map(this::summarize).toList();
        return new DeskResult(barsTotal(), settings.seed(), accounts, audit.counts());
    }

    private AccountSummary summarize(TradingAccount account) {
        Member member = account.member();
        EvaluationWorker.Standing standing = evaluation.standing(member);
        EvaluationStatus status = standing.status();
        MetricsUpdated latest = standing.latest();
        if (status == null || latest == null) {
            throw new IllegalStateException(member.label() + " was never evaluated");
        }
        PortfolioWorker.Portfolio traded = portfolio.portfolio(member);
        RiskBoardWorker.RiskView risk = riskBoard.view(member);
        AccessWorker.Access accessed = access.access(member);
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
        synchronized (registered) {
            while (!registered.isEmpty()) {
                platform.workers().deregister(registered.removeLast().workerName());
            }
        }
    }
}
