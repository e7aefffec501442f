package ai.tradesense.catalog;

import ai.tradesense.events.EventType;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/// Guesses what somebody meant by the name of a type that nobody knows.
final class SimilarType {
    private SimilarType() {}

    /// A sentence for the error message; empty if nothing known is near.
    static String hint(EventType unknown, Collection<EventType> known) {
        List<EventType> versions = known.stream()
                .filter(type -> withoutVersion(type).equals(withoutVersion(unknown)))
                .toList();
        if (!versions.isEmpty()) {
            String all = String.join(
                    ", ", versions.stream().map(type -> "v" + type.version()).toList());
            return "known " + (versions.size() == 1 ? "is " : "are ") + all;
        }
        EventType closest = null;
        // Further away than this it is another word, not a slip.
        int distance = unknown.name().length() / 4 + 1;
        for (EventType type : known) {
            int candidate = distance(
                    unknown.name().toLowerCase(Locale.ROOT), type.name().toLowerCase(Locale.ROOT));
            if (candidate < distance) {
                distance = candidate;
                closest = type;
            }
        }
        return closest == null ? "" : "did you mean '" + closest + "'?";
    }

    private static String withoutVersion(EventType type) {
        return type.name().substring(0, type.name().lastIndexOf('.'));
    }

    /// How many characters must be inserted, deleted or replaced to make one text of the other (Levenshtein).
    private static int distance(String one, String other) {
        int[] above = new int[other.length() + 1];
        for (int column = 0; column <= other.length(); column++) {
            above[column] = column;
        }
        for (int row = 1; row <= one.length(); row++) {
            int[] current = new int[other.length() + 1];
            current[0] = row;
            for (int column = 1; column <= other.length(); column++) {
                int replaced = above[column - 1] + (one.charAt(row - 1) == other.charAt(column - 1) ? 0 : 1);
                current[column] = Math.min(replaced, Math.min(above[column], current[column - 1]) + 1);
            }
            above = current;
        }
        return above[other.length()];
    }
}
