package ai.tradesense.desk.trader;

import ai.tradesense.catalog.trading.CancelReason;
import ai.tradesense.catalog.trading.CloseReason;
import ai.tradesense.catalog.trading.OrderCancelled;
import ai.tradesense.catalog.trading.OrderFilled;
import ai.tradesense.catalog.trading.OrderKind;
import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.catalog.trading.PositionClosed;
import ai.tradesense.catalog.trading.PositionModified;
import ai.tradesense.catalog.trading.PositionOpened;
import ai.tradesense.catalog.trading.PositionSide;
import ai.tradesense.catalog.trading.Side;
import ai.tradesense.catalog.trading.TradeExecuted;
import ai.tradesense.desk.firm.Money;
import ai.tradesense.desk.prices.Bar;
import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// The orders, the position and the money of one account, and the broker that fills them: market orders at the
/// next open, limit orders and stops when a bar reaches their price, or at its open where it began beyond it. What
/// happens is written to a journal as events. At most one order and one position at a time.
final class Book {
    private final String accountId;
    private BigDecimal balance;
    private @Nullable Position position;
    private @Nullable Order order;
    private BigDecimal realizedToday = BigDecimal.ZERO.setScale(2);
    private boolean touched;
    private int orders;
    private int trades;
    private int positions;

    Book(String accountId, BigDecimal balance) {
        this.accountId = accountId;
        this.balance = balance;
    }

    @Nullable
    Position position() {
        return position;
    }

    boolean orderWaits() {
        return order != null;
    }

    /// Whether anything happened since the last call.
    boolean takeTouched() {
        boolean was = touched;
        touched = false;
        return was;
    }

    BigDecimal balance() {
        return balance;
    }

    /// What closed positions and commissions changed since the start of the day.
    BigDecimal realizedToday() {
        return realizedToday;
    }

    void startDay() {
        realizedToday = BigDecimal.ZERO.setScale(2);
    }

    BigDecimal unrealized(BigDecimal price) {
        return position == null ? BigDecimal.ZERO.setScale(2) : position.profit(price, position.lots());
    }

    BigDecimal exposure() {
        return position == null ? BigDecimal.ZERO.setScale(2) : position.lots();
    }

    /// Accepts what a trader decided at a price.
    void place(Decision decision, BigDecimal price, Instant at, Journal journal) {
        switch (decision) {
            case Decision.Wait wait -> {
                // Nothing to do.
            }
            case Decision.Enter enter ->
                accept(
                        entry(enter.side(), OrderKind.MARKET, enter.lots(), price, enter.stop(), enter.target(), 1),
                        at,
                        journal);
            case Decision.EnterAt enter -> {
                BigDecimal limit = priceOrNull(enter.price());
                if (limit != null) {
                    accept(
                            entry(
                                    enter.side(),
                                    OrderKind.LIMIT,
                                    enter.lots(),
                                    limit,
                                    enter.stop(),
                                    enter.target(),
                                    enter.bars()),
                            at,
                            journal);
                }
            }
            case Decision.Add add -> {
                Position open = required();
                accept(market(sideThatEnters(open), add.lots(), Order.Purpose.ADD), at, journal);
            }
            case Decision.Tighten tighten -> {
                BigDecimal stopLoss = priceOrNull(tighten.stopLoss());
                if (stopLoss != null) {
                    tighten(stopLoss, at, journal);
                }
            }
            case Decision.Exit exit -> {
                Position open = required();
                accept(market(sideThatExits(open), open.lots(), Order.Purpose.CLOSE), at, journal);
            }
        }
    }

    /// Fills a market order at the open of a bar.
    void open(Bar bar, Journal journal) {
        Order waiting = order;
        if (waiting != null && waiting.kind() == OrderKind.MARKET) {
            order = null;
            fill(waiting, bar.open(), CloseReason.TRADER, bar.time(), journal);
        }
    }

    /// Fills what the prices of a bar reach, and cancels what has waited long enough. Where a bar reaches both the
    /// stop loss and the take profit, the stop loss counts.
    void reach(Bar bar, Instant at, Journal journal) {
        Position open = position;
        if (open != null) {
            protect(open, bar, at, journal);
        }
        Order waiting = order;
        BigDecimal limit = waiting == null ? null : waiting.price();
        if (waiting == null || limit == null) {
            return;
        }
        boolean buys = waiting.side() == Side.BUY;
        if (buys ? bar.low().compareTo(limit) <= 0 : bar.high().compareTo(limit) >= 0) {
            order = null;
            BigDecimal price = buys ? limit.min(bar.open()) : limit.max(bar.open());
            fill(waiting, price, CloseReason.TRADER, at, journal);
        } else if (waiting.barsLeft() == 1) {
            cancel(CancelReason.EXPIRED, at, journal);
        } else {
            order = waiting.oneBarLater();
        }
    }

    private void protect(Position open, Bar bar, Instant at, Journal journal) {
        BigDecimal stop = open.stopLoss();
        BigDecimal target = open.takeProfit();
        if (stop != null
                && (open.isLong() ? bar.low().compareTo(stop) <= 0 : bar.high().compareTo(stop) >= 0)) {
            BigDecimal price = open.isLong() ? stop.min(bar.open()) : stop.max(bar.open());
            close(OrderKind.STOP, stop, price, CloseReason.STOP_LOSS, at, journal);
        } else if (target != null
                && (open.isLong()
                        ? bar.high().compareTo(target) >= 0
                        : bar.low().compareTo(target) <= 0)) {
            BigDecimal price = open.isLong() ? target.max(bar.open()) : target.min(bar.open());
            close(OrderKind.LIMIT, target, price, CloseReason.TAKE_PROFIT, at, journal);
        }
    }

    /// Cancels what waits and closes what is open, at a price.
    void flatten(BigDecimal price, CancelReason cancelled, CloseReason closed, Instant at, Journal journal) {
        cancel(cancelled, at, journal);
        if (position != null) {
            close(OrderKind.MARKET, null, price, closed, at, journal);
        }
    }

    private void cancel(CancelReason reason, Instant at, Journal journal) {
        Order waiting = order;
        if (waiting != null) {
            order = null;
            touched = true;
            journal.add(at, new OrderCancelled(accountId, waiting.id(), Money.INSTRUMENT, reason, waiting.lots(), at));
        }
    }

    private void close(
            OrderKind kind,
            @Nullable BigDecimal orderPrice,
            BigDecimal price,
            CloseReason reason,
            Instant at,
            Journal journal) {
        Position open = required();
        Order exit = new Order(
                nextOrderId(), sideThatExits(open), kind, open.lots(), orderPrice, null, null, Order.Purpose.CLOSE, 1);
        journal.add(at, placed(exit, at));
        fill(exit, price, reason, at, journal);
    }

    private void accept(Order placed, Instant at, Journal journal) {
        order = placed;
        touched = true;
        journal.add(at, placed(placed, at));
    }

    private void tighten(BigDecimal stopLoss, Instant at, Journal journal) {
        Position tightened = required().withStopLoss(stopLoss);
        position = tightened;
        touched = true;
        journal.add(at, modified(tightened, at));
    }

    private void fill(Order filled, BigDecimal price, CloseReason reason, Instant at, Journal journal) {
        touched = true;
        Position before = position;
        boolean closes = filled.purpose() == Order.Purpose.CLOSE;
        BigDecimal realized =
                closes && before != null ? before.profit(price, filled.lots()) : BigDecimal.ZERO.setScale(2);
        BigDecimal commission = Money.commission(filled.lots());
        BigDecimal change = realized.subtract(commission);
        balance = balance.add(change);
        realizedToday = realizedToday.add(change);
        trades++;
        OrderFilled fill = new OrderFilled(
                accountId, filled.id(), Money.INSTRUMENT, filled.side(), filled.lots(), price, BigDecimal.ZERO, at);
        if (journal.last() instanceof OrderPlaced justPlaced
                && justPlaced.orderId().equals(filled.id())) {
            journal.then(at, fill);
        } else {
            journal.add(at, fill);
        }
        journal.then(
                at,
                new TradeExecuted(
                        accountId,
                        accountId + "-T" + trades,
                        filled.id(),
                        Money.INSTRUMENT,
                        filled.side(),
                        filled.lots(),
                        price,
                        commission,
                        realized,
                        at));
        switch (filled.purpose()) {
            case OPEN -> journal.then(at, opened(filled, price, at));
            case ADD -> {
                Position larger = required().plus(filled.lots(), price);
                position = larger;
                journal.then(at, modified(larger, at));
            }
            case CLOSE -> {
                Position closed = required();
                position = null;
                journal.then(at, closed(closed, price, realized, reason, at));
            }
        }
    }

    private PositionOpened opened(Order filled, BigDecimal price, Instant at) {
        positions++;
        Position open = new Position(
                accountId + "-P" + positions,
                filled.side() == Side.BUY ? PositionSide.LONG : PositionSide.SHORT,
                filled.lots(),
                price,
                filled.stopLoss(),
                filled.takeProfit(),
                at,
                0);
        position = open;
        return new PositionOpened(
                accountId,
                open.id(),
                Money.INSTRUMENT,
                open.side(),
                open.lots(),
                price,
                open.stopLoss(),
                open.takeProfit(),
                at);
    }

    private PositionModified modified(Position now, Instant at) {
        return new PositionModified(
                accountId,
                now.id(),
                Money.INSTRUMENT,
                now.side(),
                now.lots(),
                now.averagePrice(),
                now.stopLoss(),
                now.takeProfit(),
                at);
    }

    private PositionClosed closed(Position was, BigDecimal price, BigDecimal realized, CloseReason reason, Instant at) {
        return new PositionClosed(
                accountId,
                was.id(),
                Money.INSTRUMENT,
                was.side(),
                was.lots(),
                was.averagePrice(),
                price,
                realized,
                reason,
                was.openedAt(),
                at);
    }

    private Order entry(
            Side side, OrderKind kind, BigDecimal lots, BigDecimal price, double stop, double target, int bars) {
        double around = price.doubleValue();
        int direction = side == Side.BUY ? 1 : -1;
        return new Order(
                nextOrderId(),
                side,
                kind,
                lots,
                kind == OrderKind.LIMIT ? price : null,
                priceOrNull(around - direction * stop),
                target == 0 ? null : priceOrNull(around + direction * target),
                Order.Purpose.OPEN,
                bars);
    }

    private Order market(Side side, BigDecimal lots, Order.Purpose purpose) {
        return new Order(nextOrderId(), side, OrderKind.MARKET, lots, null, null, null, purpose, 1);
    }

    private OrderPlaced placed(Order placed, Instant at) {
        return new OrderPlaced(
                accountId,
                placed.id(),
                Money.INSTRUMENT,
                placed.side(),
                placed.kind(),
                placed.lots(),
                placed.price(),
                placed.stopLoss(),
                placed.takeProfit(),
                at);
    }

    private String nextOrderId() {
        orders++;
        return accountId + "-O" + orders;
    }

    private Position required() {
        if (position == null) {
            throw new IllegalStateException(accountId + " has no open position, expected one");
        }
        return position;
    }

    /// A price as it may stand in an order; null where there can be none.
    private static @Nullable BigDecimal priceOrNull(double wanted) {
        BigDecimal price = Money.price(wanted);
        return price.signum() > 0 ? price : null;
    }

    private static Side sideThatEnters(Position open) {
        return open.isLong() ? Side.BUY : Side.SELL;
    }

    private static Side sideThatExits(Position open) {
        return open.isLong() ? Side.SELL : Side.BUY;
    }
}
