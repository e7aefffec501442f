package ai.tradesense.events;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/// Gives ids that sort by time: UUIDs of version 7 (RFC 9562, section 5.7) as text, each greater than all that
/// this generator gave before, also when the clock stands still or steps back.
///
/// The order comes from a stamp of 63 bits that only grows: 45 bits of milliseconds and an 18-bit counter, the
/// "fixed bit-length dedicated counter" of RFC 9562, section 6.2, method 1. A new millisecond starts the counter
/// at a random number with the top bit clear ("counter seeding" and its guard bit, same section), so at least
/// 131,072 ids follow in it. An id within the same millisecond, or when the clock has stepped back, takes the
/// next stamp; a counter that overflows runs over into the milliseconds ("counter rollover handling"), so time
/// runs ahead a little instead of anybody waiting. The stamp is one atomic number, so taking an id is one
/// compare-and-set.
///
/// ```
/// 48 bits     4     12 bits         2    6 bits          56 bits
/// time in ms  0111  counter, upper  10   counter, lower  random
/// ```
///
/// The random bits are the numbers of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014) at the place that the stamp names, from a seed drawn once. Stamps never repeat within a
/// generator, and two generators differ by their seeds, so nothing needs to be locked. The ids cannot collide by
/// accident; they are no secrets.
///
/// The milliseconds suffice until the year 3084.
public final class Uuid7 implements IdGenerator {
    private static final int COUNTER_BITS = 18;
    private static final long COUNTER_SEED_MASK = (1L << (COUNTER_BITS - 1)) - 1;
    private static final long MAX_MILLIS = (1L << (63 - COUNTER_BITS)) - 1;
    private static final int LOWER_COUNTER_BITS = 6;
    private static final int RANDOM_BITS = 56;
    private static final long GOLDEN_GAMMA = 0x9e37_79b9_7f4a_7c15L;
    private static final long VERSION = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private final InstantSource clock;
    private final long counterSeed;
    private final long tailSeed;
    private final AtomicLong lastStamp = new AtomicLong();

    /// A generator on a clock. Two generators that may give ids of one source must not draw the same numbers.
    ///
    /// @param random asked here and never again
    public Uuid7(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.counterSeed = random.nextLong();
        this.tailSeed = random.nextLong();
    }

    @Override
    public String next() {
        long millis = Math.clamp(clock.millis(), 0, MAX_MILLIS);
        long seeded = mix(counterSeed + millis * GOLDEN_GAMMA) & COUNTER_SEED_MASK;
        long fresh = (millis << COUNTER_BITS) | seeded;
        long last = lastStamp.get();
        long stamp = following(last, millis, fresh);
        while (!lastStamp.compareAndSet(last, stamp)) {
            last = lastStamp.get();
            stamp = following(last, millis, fresh);
        }
        return format(stamp);
    }

    private static long following(long last, long millis, long fresh) {
        return millis > last >>> COUNTER_BITS ? fresh : last + 1;
    }

    private String format(long stamp) {
        long millis = stamp >>> COUNTER_BITS;
        long upperCounter = (stamp >>> LOWER_COUNTER_BITS) & 0xfff;
        long lowerCounter = stamp & ((1 << LOWER_COUNTER_BITS) - 1);
        long random = mix(tailSeed + stamp * GOLDEN_GAMMA) >>> (Long.SIZE - RANDOM_BITS);
        return new UUID((millis << 16) | VERSION | upperCounter, VARIANT | (lowerCounter << RANDOM_BITS) | random)
                .toString();
    }

    /// SplitMix64's output function.
    private static long mix(long z) {
        long mixed = (z ^ (z >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d0_49bb_1331_11ebL;
        return mixed ^ (mixed >>> 31);
    }

    /// An id that follows from what it is made of: the milliseconds of `time`, then 74 bits of the SHA-256 of
    /// the parts, each with its length before it. The same time and parts give the same id everywhere, so what is
    /// done again publishes the same event and not another one. Has the layout of version 7, but no order
    /// within a millisecond.
    ///
    /// @throws IllegalArgumentException if the time lies before 1970 or after the year 10889
    public static String derived(Instant time, String... parts) {
        long millis = time.toEpochMilli();
        if (millis < 0 || millis >= 1L << 48) {
            throw new IllegalArgumentException("no UUIDv7 has the time " + time + ", expected 1970 to 10889");
        }
        MessageDigest digest = sha256();
        for (String part : parts) {
            byte[] utf8 = part.getBytes(StandardCharsets.UTF_8);
            for (int shift = 24; shift >= 0; shift -= 8) {
                digest.update((byte) (utf8.length >>> shift));
            }
            digest.update(utf8);
        }
        byte[] hash = digest.digest();
        long upper = bigEndian(hash, 0) & 0xfff;
        long lower = bigEndian(hash, Long.BYTES) >>> 2;
        return new UUID((millis << 16) | VERSION | upper, VARIANT | lower).toString();
    }

    private static long bigEndian(byte[] bytes, int start) {
        long number = 0;
        for (int i = start; i < start + Long.BYTES; i++) {
            number = (number << 8) | (bytes[i] & 0xff);
        }
        return number;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
