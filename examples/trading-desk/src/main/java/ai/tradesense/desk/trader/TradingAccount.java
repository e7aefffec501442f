package ai.tradesense.desk.trader;

import ai.tradesense.catalog.auth.UserLoggedIn;
import ai.tradesense.catalog.auth.UserLoggedOut;
import ai.tradesense.catalog.auth.UserRegistered;
import ai.tradesense.catalog.challenge.ChallengeStarted;
import ai.tradesense.catalog.trading.CancelReason;
import ai.tradesense.catalog.trading.CloseReason;
import ai.tradesense.catalog.trading.PnLUpdated;
import ai.tradesense.catalog.trading.ValuationKind;
import ai.tradesense.desk.firm.ChallengeRules;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.desk.firm.Money;
import ai.tradesense.desk.prices.Bar;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;

/// One trader at work: logs in, trades, obeys. What happens is written to journals; what others decide comes in as
/// [Control]. Deterministic: the same seed, bars and controls give the same journals. Not for use by several threads.
public final class TradingAccount {
    private static final Duration SESSION = Duration.ofHours(12);

    /// By how much the equity has to move before it is news, in dollars.
    private static final BigDecimal NEWS = new BigDecimal("200.00");

    private final Member member;
    private final Strategy strategy;
    private final Book book;
    private Control control = Control.START;
    private int sessions;
    private boolean loggedIn;
    private BigDecimal valuedAt = ChallengeRules.STARTING_BALANCE;
    private long valuations;
    private ValuationKind latestValuation = ValuationKind.INTRADAY;
    private boolean over;

    public TradingAccount(Member member, long seed) {
        this.member = member;
        // Far apart, so that neighbours do not throw the same coins.
        this.strategy = Strategies.of(member.number(), new Random(seed * 1_000_003 + member.number() * 7_919L));
        this.book = new Book(member.accountId(), ChallengeRules.STARTING_BALANCE);
    }

    public Member member() {
        return member;
    }

    public String strategy() {
        return strategy.name();
    }

    /// The number of the newest valuation.
    public long valuations() {
        return valuations;
    }

    /// On which occasion that was.
    public ValuationKind latestValuation() {
        return latestValuation;
    }

    /// Whether nothing follows.
    public boolean over() {
        return over;
    }

    public void obey(Control decided) {
        control = decided;
    }

    /// Registers the trader and starts the challenge.
    public void join(Instant at, Journal journal) {
        journal.add(at, new UserRegistered(member.userId(), member.name(), member.email(), at));
        journal.add(
                at,
                new ChallengeStarted(
                        member.challengeId(),
                        member.accountId(),
                        member.userId(),
                        Money.CURRENCY,
                        ChallengeRules.STARTING_BALANCE,
                        ChallengeRules.PHASE_1_TARGET,
                        ChallengeRules.DAILY_LOSS,
                        ChallengeRules.OVERALL_LOSS,
                        ChallengeRules.MINIMUM_TRADING_DAYS,
                        at));
    }

    /// Begins a trading day: logs in, and values the account at a price, which closes the day before.
    public void openDay(BigDecimal price, Instant at, Journal journal) {
        sessions++;
        loggedIn = true;
        journal.add(
                at,
                new UserLoggedIn(
                        member.userId(), sessionId(), "192.0.2." + (1 + member.number() % 254), at, at.plus(SESSION)));
        book.startDay();
        value(ValuationKind.DAY_OPEN, price, at, journal);
    }

    /// Trades through a bar, and values the account at its close if anything has happened or its equity has moved.
    ///
    /// @param market with the bar as its newest
    /// @param at when the bar is over
    public void trade(Bar bar, Market market, Instant at, Journal journal) {
        if (control.failed()) {
            book.flatten(bar.open(), CancelReason.CHALLENGE_ENDED, CloseReason.CHALLENGE_ENDED, bar.time(), journal);
            end(bar.open(), bar.time(), journal);
            return;
        }
        if (control.halted()) {
            book.flatten(bar.open(), CancelReason.TRADING_HALTED, CloseReason.TRADING_HALTED, bar.time(), journal);
        } else {
            book.open(bar, journal);
            book.reach(bar, at, journal);
            if (!book.orderWaits()) {
                book.place(strategy.decide(market, book.position()), bar.close(), at, journal);
            }
        }
        if (book.takeTouched() || hasMoved(bar.close())) {
            value(ValuationKind.INTRADAY, bar.close(), at, journal);
        }
    }

    /// Ends a trading day; a careless trader stays logged in.
    public void closeDay(Instant at, Journal journal) {
        if (member.careful()) {
            logOut(at, journal);
        }
    }

    /// Ends it all at a price.
    public void finish(BigDecimal price, Instant at, Journal journal) {
        book.flatten(price, CancelReason.TRADER, CloseReason.TRADER, at, journal);
        end(price, at, journal);
    }

    private void end(BigDecimal price, Instant at, Journal journal) {
        value(ValuationKind.FINAL, price, at, journal);
        logOut(at, journal);
        over = true;
    }

    private void logOut(Instant at, Journal journal) {
        if (loggedIn) {
            loggedIn = false;
            journal.add(at, new UserLoggedOut(member.userId(), sessionId(), at));
        }
    }

    private boolean hasMoved(BigDecimal price) {
        BigDecimal move = book.balance().add(book.unrealized(price)).subtract(valuedAt);
        return move.abs().compareTo(NEWS) >= 0;
    }

    private void value(ValuationKind kind, BigDecimal price, Instant at, Journal journal) {
        valuations++;
        latestValuation = kind;
        BigDecimal unrealized = book.unrealized(price);
        valuedAt = book.balance().add(unrealized);
        journal.add(
                at,
                new PnLUpdated(
                        member.accountId(),
                        member.challengeId(),
                        control.phase(),
                        valuations,
                        kind,
                        Money.CURRENCY,
                        book.balance(),
                        valuedAt,
                        book.realizedToday(),
                        unrealized,
                        book.exposure(),
                        at));
    }

    private String sessionId() {
        return member.userId() + "-S" + sessions;
    }
}
