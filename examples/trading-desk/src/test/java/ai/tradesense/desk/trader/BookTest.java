package ai.tradesense.desk.trader;

import static org.assertj.core.api.Assertions.assertThat;

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
import ai.tradesense.desk.prices.Bar;
import ai.tradesense.events.EventData;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class BookTest {
    private static final Instant START = Instant.parse("2017-04-19T09:00:00Z");
    private static final Instant LATER = START.plusSeconds(86_400);
    private static final BigDecimal LOTS = new BigDecimal("2.00");

    private final Book book = new Book("A1", new BigDecimal("100000.00"));
    private Journal journal = new Journal();
    private int bars;

    @Test
    void a_market_order_is_filled_at_the_next_open() {
        place(new Decision.Enter(Side.BUY, LOTS, 0.0050, 0.0100), "1.10000");
        assertThat(happened()).hasExactlyElementsOfTypes(OrderPlaced.class);

        open(bar("1.10010", "1.10200", "1.10000", "1.10100"));

        List<EventData> filled = happened();
        assertThat(filled).hasExactlyElementsOfTypes(OrderFilled.class, TradeExecuted.class, PositionOpened.class);
        PositionOpened opened = (PositionOpened) filled.getLast();
        assertThat(opened.side()).isEqualTo(PositionSide.LONG);
        assertThat(opened.entryPrice()).isEqualTo(price("1.10010"));
        assertThat(opened.stopLoss()).isEqualTo(price("1.09500"));
        assertThat(opened.takeProfit()).isEqualTo(price("1.11000"));
        assertThat(book.balance()).isEqualTo(price("99993.00")); // 3.50 a lot
        assertThat(book.unrealized(price("1.10110"))).isEqualTo(price("200.00"));
        assertThat(book.exposure()).isEqualTo(LOTS);
    }

    @Test
    void an_exit_is_filled_at_the_next_open_and_the_profit_is_booked() {
        buy("1.10000", 0.0050, 0);
        place(Decision.EXIT, "1.10300");
        open(bar("1.10250", "1.10300", "1.10200", "1.10250"));

        List<EventData> events = happened();
        assertThat(events)
                .hasExactlyElementsOfTypes(
                        OrderPlaced.class, OrderFilled.class, TradeExecuted.class, PositionClosed.class);
        PositionClosed closed = (PositionClosed) events.getLast();
        assertThat(closed.realizedPnl()).isEqualTo(price("500.00"));
        assertThat(closed.reason()).isEqualTo(CloseReason.TRADER);
        assertThat(book.balance()).isEqualTo(price("100486.00"));
        assertThat(book.realizedToday()).isEqualTo(price("486.00"));
        assertThat(book.position()).isNull();
        assertThat(((OrderPlaced) events.getFirst()).side()).isEqualTo(Side.SELL);
    }

    @Test
    void a_stop_loss_closes_at_its_price() {
        buy("1.10000", 0.0050, 0);
        reach(bar("1.09700", "1.09800", "1.09400", "1.09450"));

        assertThat(journal.entries()).extracting(Journal.Entry::cause).containsExactly(-1, 0, 1, 2);
        List<EventData> events = happened();
        PositionClosed closed = (PositionClosed) events.getLast();
        assertThat(closed.reason()).isEqualTo(CloseReason.STOP_LOSS);
        assertThat(closed.exitPrice()).isEqualTo(price("1.09500"));
        assertThat(closed.realizedPnl()).isEqualTo(price("-1000.00"));
        assertThat(((OrderPlaced) events.getFirst()).kind()).isEqualTo(OrderKind.STOP);
    }

    @Test
    void a_gap_beyond_the_stop_loss_closes_at_the_open() {
        buy("1.10000", 0.0050, 0);
        reach(bar("1.09200", "1.09800", "1.09100", "1.09450"));
        assertThat(((PositionClosed) happened().getLast()).exitPrice()).isEqualTo(price("1.09200"));
    }

    @Test
    void a_take_profit_closes_at_its_price_or_better_and_the_stop_loss_comes_first() {
        buy("1.10000", 0.0050, 0.0050);
        reach(bar("1.10100", "1.10600", "1.10000", "1.10400"));
        PositionClosed closed = (PositionClosed) happened().getLast();
        assertThat(closed.reason()).isEqualTo(CloseReason.TAKE_PROFIT);
        assertThat(closed.exitPrice()).isEqualTo(price("1.10500"));

        buy("1.10000", 0.0050, 0.0050);
        reach(bar("1.10100", "1.10600", "1.09400", "1.10400"));
        assertThat(((PositionClosed) happened().getLast()).reason()).isEqualTo(CloseReason.STOP_LOSS);
    }

    @Test
    void a_short_position_earns_when_the_price_falls_and_is_stopped_above() {
        place(new Decision.Enter(Side.SELL, LOTS, 0.0050, 0.0050), "1.10000");
        open(bar("1.10000", "1.10000", "1.10000", "1.10000"));
        assertThat(book.unrealized(price("1.09900"))).isEqualTo(price("200.00"));
        happened();
        reach(bar("1.10000", "1.10500", "1.09990", "1.10400"));
        PositionClosed closed = (PositionClosed) happened().getLast();
        assertThat(closed.side()).isEqualTo(PositionSide.SHORT);
        assertThat(closed.realizedPnl()).isEqualTo(price("-1000.00"));
    }

    @Test
    void a_limit_order_waits_for_its_price_and_is_cancelled_when_its_time_is_over() {
        place(new Decision.EnterAt(Side.BUY, LOTS, 1.0950, 0.0050, 0, 2), "1.10000");
        assertThat(((OrderPlaced) happened().getFirst()).price()).isEqualTo(price("1.09500"));
        open(bar("1.10000", "1.10000", "1.09600", "1.09900"));
        reach(bar("1.10000", "1.10000", "1.09600", "1.09900"));
        assertThat(happened()).isEmpty();
        assertThat(book.orderWaits()).isTrue();

        reach(bar("1.10000", "1.10000", "1.09600", "1.09900"));

        assertThat(happened())
                .singleElement()
                .isInstanceOfSatisfying(
                        OrderCancelled.class,
                        cancelled -> assertThat(cancelled.reason()).isEqualTo(CancelReason.EXPIRED));
        assertThat(book.orderWaits()).isFalse();
    }

    @Test
    void a_limit_order_is_filled_at_its_price_or_at_a_better_open() {
        place(new Decision.EnterAt(Side.BUY, LOTS, 1.0950, 0.0050, 0, 2), "1.10000");
        reach(bar("1.10000", "1.10000", "1.09500", "1.09900"));
        assertThat(((PositionOpened) happened().getLast()).entryPrice()).isEqualTo(price("1.09500"));
        book.flatten(price("1.09500"), CancelReason.TRADER, CloseReason.TRADER, LATER, journal);

        place(new Decision.EnterAt(Side.BUY, LOTS, 1.0950, 0.0050, 0, 2), "1.10000");
        reach(bar("1.09300", "1.10000", "1.09200", "1.09900"));
        assertThat(((PositionOpened) happened().getLast()).entryPrice()).isEqualTo(price("1.09300"));
    }

    @Test
    void adding_makes_the_position_larger_at_the_mean_price_and_tightening_moves_the_stop() {
        buy("1.10000", 0.0050, 0);
        place(new Decision.Add(new BigDecimal("1.00")), "1.10300");
        open(bar("1.10300", "1.10300", "1.10300", "1.10300"));
        PositionModified larger = (PositionModified) happened().getLast();
        assertThat(larger.quantity()).isEqualTo(price("3.00"));
        assertThat(larger.averagePrice()).isEqualByComparingTo("1.10100");

        place(new Decision.Tighten(1.1000), "1.10300");
        PositionModified tightened = (PositionModified) happened().getLast();
        assertThat(tightened.stopLoss()).isEqualTo(price("1.10000"));
        assertThat(book.unrealized(price("1.10300"))).isEqualTo(price("600.00"));
    }

    @Test
    void flattening_cancels_what_waits_and_closes_what_is_open() {
        buy("1.10000", 0.0050, 0);
        place(new Decision.Add(LOTS), "1.10000");
        happened();
        book.flatten(price("1.10100"), CancelReason.TRADING_HALTED, CloseReason.TRADING_HALTED, LATER, journal);

        assertThat(happened())
                .hasExactlyElementsOfTypes(
                        OrderCancelled.class,
                        OrderPlaced.class,
                        OrderFilled.class,
                        TradeExecuted.class,
                        PositionClosed.class);
        assertThat(book.exposure()).isZero();
        book.flatten(price("1.10100"), CancelReason.TRADER, CloseReason.TRADER, LATER, journal);
        assertThat(happened()).isEmpty();
    }

    @Test
    void a_stop_that_would_be_below_zero_is_left_out() {
        place(new Decision.Enter(Side.BUY, LOTS, 5, 0), "1.10000");
        assertThat(((OrderPlaced) happened().getFirst()).stopLoss()).isNull();
    }

    @Test
    void what_was_touched_is_told_once() {
        assertThat(book.takeTouched()).isFalse();
        place(new Decision.Enter(Side.BUY, LOTS, 0.0050, 0), "1.10000");
        assertThat(book.takeTouched()).isTrue();
        assertThat(book.takeTouched()).isFalse();
    }

    private void buy(String price, double stop, double target) {
        place(new Decision.Enter(Side.BUY, LOTS, stop, target), price);
        open(bar(price, price, price, price));
        happened();
    }

    private void place(Decision decision, String price) {
        book.place(decision, price(price), START, journal);
    }

    private void open(Bar bar) {
        book.open(bar, journal);
    }

    private void reach(Bar bar) {
        book.reach(bar, bar.time(), journal);
    }

    /// What was written since the last call.
    private List<EventData> happened() {
        List<EventData> events =
                journal.entries().stream().map(Journal.Entry::data).toList();
        journal = new Journal();
        return events;
    }

    private Bar bar(String open, String high, String low, String close) {
        bars++;
        return new Bar(
                START.plusSeconds(3_600L * bars), price(open), price(high), price(low), price(close), BigDecimal.TEN);
    }

    private static BigDecimal price(String price) {
        return new BigDecimal(price);
    }
}
