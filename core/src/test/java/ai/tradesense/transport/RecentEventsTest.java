package ai.tradesense.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.Uuid7;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecentEventsTest {
    private static final String ID = "01890a5d-ac96-774b-bcce-b302099a8057";

    private final SplittableRandom random = new SplittableRandom(7);
    private final Uuid7 uuids = new Uuid7(InstantSource.system(), random);

    @ParameterizedTest
    @CsvSource({"true, 1", "true, 5", "true, 4096", "true, 20000", "false, 5", "false, 4096"})
    void the_last_events_of_a_window_are_known_whatever_their_ids_look_like(boolean isUuid, int window) {
        RecentEvents recent = new RecentEvents(window);
        Supplier<String> ids = isUuid ? uuids::next : () -> "order " + random.nextLong();
        List<String> all = new ArrayList<>();

        for (int i = 0; i < window * 5; i++) {
            String id = ids.get();
            all.add(id);
            assertThat(recent.contains("/a", id)).isFalse();
            assertThat(recent.add("/a", id)).isTrue();
            String known = all.get(all.size() - 1 - random.nextInt(Math.min(window, all.size())));
            assertThat(recent.add("/a", known)).isFalse();
            assertThat(recent.contains("/a", known)).isTrue();
        }

        assertThat(all.stream().filter(id -> recent.contains("/a", id)).count()).isBetween((long) window, window * 4L);
    }

    @ParameterizedTest
    @ValueSource(strings = {ID, "no uuid", ""})
    void the_same_id_of_another_source_is_another_event(String id) {
        RecentEvents recent = new RecentEvents(10);

        assertThat(recent.add("/a", id)).isTrue();
        assertThat(recent.add("/b", id)).isTrue();
        assertThat(recent.add("/a", id)).isFalse();
        assertThat(recent.add("/b", id)).isFalse();
        assertThat(recent.contains("/c", id)).isFalse();
    }

    @Test
    void ids_that_differ_in_one_character_are_different_events() {
        RecentEvents recent = new RecentEvents(1_000);
        List<String> different = new ArrayList<>(List.of(ID, ID.toUpperCase(Locale.ROOT), ID + "0", ID.substring(1)));
        for (int at = 0; at < ID.length(); at++) {
            for (char c : new char[] {'0', '8', 'g', 'A', '-', 'á', 'İ'}) {
                different.add(ID.substring(0, at) + c + ID.substring(at + 1));
            }
        }
        List<String> ids = different.stream().distinct().toList();

        assertThat(ids).hasSizeGreaterThan(200).allMatch(id -> recent.add("/a", id));
        assertThat(ids).noneMatch(id -> recent.add("/a", id));
    }

    @Test
    void more_sources_than_have_numbers_are_told_apart_all_the_same() {
        RecentEvents recent = new RecentEvents(20_000);

        for (int round = 0; round < 2; round++) {
            for (int source = 0; source < 5_000; source++) {
                assertThat(recent.add("/" + source, ID)).isEqualTo(round == 0);
            }
        }
        assertThat(recent.contains("/5000", ID)).isFalse();
    }

    @Test
    void a_window_that_grows_keeps_what_is_of_a_source_that_has_no_number() {
        RecentEvents recent = new RecentEvents(20_000);
        for (int source = 0; source < 4_096; source++) {
            recent.add("/" + source, ID);
        }
        List<String> ids = Stream.generate(uuids::next).limit(10_000).toList();

        assertThat(ids).allMatch(id -> recent.add("/without", id));
        assertThat(ids).allMatch(id -> recent.contains("/without", id)).noneMatch(id -> recent.add("/without", id));
        assertThat(ids).noneMatch(id -> recent.contains("/also without", id) || recent.contains("/7", id));
        assertThat(recent.contains("/7", ID)).isTrue();
    }

    @Test
    void what_is_forgotten_is_new_again() {
        RecentEvents recent = new RecentEvents(10);
        assertThat(recent.add("/a", ID)).isTrue();
        assertThat(recent.add("/a", "no uuid")).isTrue();
        assertThat(recent.isEmpty()).isFalse();

        recent.clear();

        assertThat(recent.isEmpty()).isTrue();
        assertThat(recent.add("/a", ID)).isTrue();
        assertThat(recent.add("/a", "no uuid")).isTrue();
    }
}
