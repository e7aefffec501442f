package ai.tradesense.aggregate;

import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.util.List;

/// What a purse holds: the aggregate of these tests.
record Purse(BigDecimal balance, int payments) {
    static final Purse EMPTY = new Purse(BigDecimal.ZERO, 0);

    static final Aggregate<Purse> AGGREGATE = aggregate().build();

    static Aggregate.Builder<Purse> aggregate() {
        return Aggregate.named("purse", "Money", EMPTY)
                .on(Received.class, Purse::received)
                .on(Paid.class, Purse::paid);
    }

    @EventName("Money.Coin.Received.v2")
    record Received(String purse, BigDecimal amount) implements EventData {
        @Override
        public String subject() {
            return purse;
        }
    }

    @EventName("Money.Coin.Paid.v1")
    record Paid(String purse, BigDecimal amount) implements EventData {
        @Override
        public String subject() {
            return purse;
        }
    }

    @EventName("Money.Purse.Admired.v1")
    record Admired(String purse) implements EventData {
        @Override
        public String subject() {
            return purse;
        }
    }

    static Received receive(String purse, String amount) {
        return new Received(purse, new BigDecimal(amount));
    }

    Purse received(Received coin) {
        return new Purse(balance.add(coin.amount), payments);
    }

    Purse paid(Paid coin) {
        return new Purse(balance.subtract(coin.amount), payments + 1);
    }

    /// Pays if there is enough.
    List<Paid> pay(String purse, String amount) {
        Paid paid = new Paid(purse, new BigDecimal(amount));
        return balance.compareTo(paid.amount) >= 0 ? List.of(paid) : List.of();
    }
}
