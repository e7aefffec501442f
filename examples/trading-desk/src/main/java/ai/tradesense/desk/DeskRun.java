package ai.tradesense.desk;

import ai.tradesense.bus.EventBus;
import ai.tradesense.catalog.trading.ValuationKind;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.desk.prices.Bar;
import ai.tradesense.desk.trader.Journal;
import ai.tradesense.desk.trader.Market;
import ai.tradesense.desk.trader.TradingAccount;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Uuid7;
import ai.tradesense.transport.TransportException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes all accounts through all bars. What happens in a bar is published as one batch; the next bar begins when
/// risk has assessed every account that was valued, and the judge every one whose day ended.
///
/// The same prices, seed and decisions lead to the same events with the same ids. So a run that was cut off is
/// taken up by going through it again from the first bar, and any number of instances may go through it side by
/// side: what one has published, the others publish a second time, and it is the same event. No leader has to be
/// found.
final class DeskRun {
    private static final Logger LOG = LoggerFactory.getLogger(DeskRun.class);
    private static final Duration PUBLISH_AGAIN_AFTER = Duration.ofSeconds(1);

    private final DeskSettings settings;
    private final EventBus bus;
    private final int maxBatch;
    private final GateWorker gate;
    private final Map<EventType, Integer> published = new HashMap<>();
    private final Progress progress;
    private final List<TradingAccount> accounts;
    private final Market market = new Market();
    private volatile int barsDone;

    DeskRun(
            DeskSettings settings,
            EventBus bus,
            int maxBatch,
            List<Member> members,
            GateWorker gate,
            Progress progress) {
        this.settings = settings;
        this.bus = bus;
        this.maxBatch = maxBatch;
        this.gate = gate;
        this.progress = progress;
        this.accounts = members.stream()
                .map(member -> new TradingAccount(member, settings.seed()))
                .toList();
    }

    int barsDone() {
        return barsDone;
    }

    /// What it has published so far, by type. To be called by the thread that runs it.
    Map<EventType, Integer> published() {
        return Map.copyOf(published);
    }

    List<TradingAccount> accounts() {
        return accounts;
    }

    /// Runs to the end.
    ///
    /// @throws InterruptedException if it was stopped before
    void run() throws InterruptedException {
        List<Bar> bars = settings.prices();
        Duration length = barLength(bars);
        step("join", (account, journal) -> account.join(bars.getFirst().time(), journal));
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            boolean last = i == bars.size() - 1;
            if (i == 0 || !day(bar).equals(day(bars.get(i - 1)))) {
                Bar before = i == 0 ? null : bars.get(i - 1);
                step(
                        "d" + i,
                        (account, journal) ->
                                account.openDay(before == null ? bar.open() : before.close(), bar.time(), journal));
            }
            market.add(bar);
            Instant end = bar.time().plus(length);
            boolean evening = last || !day(bar).equals(day(bars.get(i + 1)));
            step("b" + i, (account, journal) -> {
                account.trade(bar, market, end, journal);
                if (last && !account.over()) {
                    account.finish(bar.close(), end, journal);
                } else if (evening && !account.over()) {
                    account.closeDay(end, journal);
                }
            });
            barsDone = i + 1;
            progress.pass(settings.pace());
        }
    }

    /// Lets every account that is not over do something, publishes what came of it, and waits for the answers.
    private void step(String name, BiConsumer<TradingAccount, Journal> action) throws InterruptedException {
        List<TradingAccount> active =
                accounts.stream().filter(account -> !account.over()).toList();
        List<DomainEvent> events = new ArrayList<>();
        for (TradingAccount account : active) {
            Journal journal = new Journal();
            action.accept(account, journal);
            addEvents(journal, account.member().accountId() + "-" + name, events);
        }
        publish(events);
        progress.await(() -> active.stream().allMatch(this::isAnswered));
        active.forEach(account -> account.obey(gate.control(account.member(), account.valuations())));
    }

    private void addEvents(Journal journal, String correlation, List<DomainEvent> events) {
        int start = events.size();
        for (Journal.Entry entry : journal.entries()) {
            String place = Integer.toString(events.size() - start);
            DomainEvent.Builder event = bus.event(entry.data())
                    .id(Uuid7.derived(entry.time(), correlation, place))
                    .time(entry.time())
                    .correlationId(correlation);
            if (entry.cause() >= 0) {
                event.causationId(events.get(start + entry.cause()).id());
            }
            events.add(event.build());
        }
    }

    /// Risk answers every valuation, the judge all but those within a day.
    private boolean isAnswered(TradingAccount account) {
        return gate.isAssessed(account.member(), account.valuations())
                && (account.latestValuation() == ValuationKind.INTRADAY
                        || gate.isJudged(account.member(), account.valuations()));
    }

    private void publish(List<DomainEvent> events) throws InterruptedException {
        events.forEach(event -> published.merge(event.type(), 1, Integer::sum));
        for (int from = 0; from < events.size(); from += maxBatch) {
            publishSurely(events.subList(from, Math.min(events.size(), from + maxBatch)));
        }
    }

    /// The same events again are no second events, so a transport that is away is simply asked again.
    private void publishSurely(List<DomainEvent> events) throws InterruptedException {
        while (true) {
            try {
                bus.publish(events);
                return;
            } catch (TransportException failure) {
                LOG.warn("{} events could not be published, trying again", events.size(), failure);
                progress.pass(PUBLISH_AGAIN_AFTER);
            }
        }
    }

    private static LocalDate day(Bar bar) {
        return LocalDate.ofInstant(bar.time(), ZoneOffset.UTC);
    }

    /// The shortest time between two bars: longer ones are gaps.
    private static Duration barLength(List<Bar> bars) {
        return IntStream.range(1, bars.size())
                .mapToObj(i ->
                        Duration.between(bars.get(i - 1).time(), bars.get(i).time()))
                .min(Duration::compareTo)
                .orElse(Duration.ofHours(1));
    }
}
