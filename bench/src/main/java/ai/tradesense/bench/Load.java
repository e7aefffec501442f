package ai.tradesense.bench;

import ai.tradesense.catalog.trading.OrderKind;
import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.catalog.trading.Side;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.SplittableRandom;

/// The events of one round, by index. Each publisher owns a range of indexes and publishes it in order, and
/// owns the subjects of that range, so that the indexes of a subject rise in the order of publishing. Which
/// subject an event is of is drawn at random from a fixed seed.
///
/// Places number the same events by subject first: place of subject, then order within it. What is noted of an
/// event by its place is not next to what another thread notes at the same moment. Immutable.
final class Load {
    private static final long SEED = 20_260_101;
    private static final String ORDER_PREFIX = "O";
    private static final int ORDER_DIGITS = 9;
    private static final String[] INSTRUMENTS = {
        "EURUSD", "GBPUSD", "USDJPY", "AUDUSD", "USDCAD", "USDCHF", "NZDUSD", "EURGBP"
    };

    private final int events;
    private final int publishers;
    private final String[] accounts;
    private final int[] subjects; // by index
    private final int[] places; // by index
    private final int[] firstPlaces; // by subject, and one more for the end

    /// @param events how many there are
    /// @param publishers how many publish them
    /// @param subjects how many accounts they are about, no fewer than publishers
    Load(int events, int publishers, int subjects) {
        if (publishers < 1 || subjects < publishers || events < publishers) {
            throw new IllegalArgumentException(
                    "expected at least one publisher, and as many subjects and events; found " + publishers
                            + " publishers, " + subjects + " subjects, " + events + " events");
        }
        this.events = events;
        this.publishers = publishers;
        this.accounts = new String[subjects];
        for (int i = 0; i < subjects; i++) {
            accounts[i] = String.format(Locale.ROOT, "A%06d", i);
        }
        this.subjects = drawSubjects();
        this.firstPlaces = new int[subjects + 1];
        this.places = new int[events];
        place();
    }

    private int[] drawSubjects() {
        int[] drawn = new int[events];
        SplittableRandom random = new SplittableRandom(SEED);
        for (int publisher = 0; publisher < publishers; publisher++) {
            int owned = (accounts.length - publisher + publishers - 1) / publishers;
            for (int index = firstOf(publisher); index < firstOf(publisher + 1); index++) {
                drawn[index] = random.nextInt(owned) * publishers + publisher;
            }
        }
        return drawn;
    }

    private void place() {
        for (int subject : subjects) {
            firstPlaces[subject + 1]++;
        }
        for (int subject = 0; subject < accounts.length; subject++) {
            firstPlaces[subject + 1] += firstPlaces[subject];
        }
        int[] next = firstPlaces.clone();
        for (int index = 0; index < events; index++) {
            places[index] = next[subjects[index]]++;
        }
    }

    int events() {
        return events;
    }

    int publishers() {
        return publishers;
    }

    int subjects() {
        return accounts.length;
    }

    /// The first index of a publisher; that of the publisher after the last is the number of events.
    int firstOf(int publisher) {
        return (int) ((long) events * publisher / publishers);
    }

    int subjectOf(int index) {
        return subjects[index];
    }

    int placeOf(int index) {
        return places[index];
    }

    /// The first place of a subject; that of the subject after the last is the number of events.
    int firstPlaceOf(int subject) {
        return firstPlaces[subject];
    }

    /// A new order: the event's data. Every value follows from the index, but the time.
    OrderPlaced order(int index, Instant placedAt) {
        int mixed = index * 0x9E3779B9;
        mixed ^= mixed >>> 15;
        BigDecimal price = BigDecimal.valueOf(100_000L + (mixed & 0x3fff), 5);
        return new OrderPlaced(
                accounts[subjects[index]],
                orderId(index),
                INSTRUMENTS[mixed >>> 29],
                (mixed & 1) == 0 ? Side.BUY : Side.SELL,
                OrderKind.LIMIT,
                BigDecimal.valueOf(1 + (mixed >>> 20 & 0xff), 2),
                price,
                null,
                null,
                placedAt.truncatedTo(ChronoUnit.MILLIS));
    }

    private static String orderId(int index) {
        StringBuilder id = new StringBuilder(ORDER_PREFIX.length() + ORDER_DIGITS).append(ORDER_PREFIX);
        for (int unit = 100_000_000; unit > 0; unit /= 10) {
            id.append((char) ('0' + index / unit % 10));
        }
        return id.toString();
    }

    /// The index of the event that an order came with.
    ///
    /// @throws IllegalArgumentException if the order is not of this load
    int indexOf(OrderPlaced order) {
        String id = order.orderId();
        if (id.length() != ORDER_PREFIX.length() + ORDER_DIGITS) {
            throw unknown(order);
        }
        int index = 0;
        for (int i = ORDER_PREFIX.length(); i < id.length(); i++) {
            index = index * 10 + (id.charAt(i) - '0');
        }
        if (index < 0 || index >= events || !order.accountId().equals(accounts[subjects[index]])) {
            throw unknown(order);
        }
        return index;
    }

    private IllegalArgumentException unknown(OrderPlaced order) {
        return new IllegalArgumentException("order '" + order.orderId() + "' of " + order.accountId()
                + " was not published in this round of " + events + " events");
    }
}
