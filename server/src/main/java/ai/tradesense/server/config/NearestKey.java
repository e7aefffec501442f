package ai.tradesense.server.config;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// Guesses which key somebody meant.
final class NearestKey {
    private NearestKey() {}

    /// The known key that is nearest to one that is not known; null if none is near: if more than a third of what
    /// follows the first part, which all of them share, would have to be written differently.
    static @Nullable String to(String unknown, Collection<String> known) {
        String nearest = null;
        int least = Integer.MAX_VALUE;
        for (String key : known) {
            int distance = distance(unknown, key);
            int own = key.length() - key.indexOf('.') - 1;
            if (distance < least && 3 * distance <= own) {
                nearest = key;
                least = distance;
            }
        }
        return nearest;
    }

    /// How many characters have to be inserted, removed, replaced, or exchanged with their neighbours (optimal string
    /// alignment), a row of the table after the other.
    private static int distance(String from, String to) {
        int[] beforeLast = new int[to.length() + 1];
        int[] last = new int[to.length() + 1];
        for (int column = 0; column <= to.length(); column++) {
            last[column] = column;
        }
        for (int row = 1; row <= from.length(); row++) {
            int[] current = new int[to.length() + 1];
            current[0] = row;
            for (int column = 1; column <= to.length(); column++) {
                int replaced = last[column - 1] + (from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1);
                current[column] = Math.min(replaced, 1 + Math.min(last[column], current[column - 1]));
                boolean exchanged = row > 1
                        && column > 1
                        && from.charAt(row - 1) == to.charAt(column - 2)
                        && from.charAt(row - 2) == to.charAt(column - 1);
                if (exchanged) {
                    current[column] = Math.min(current[column], beforeLast[column - 2] + 1);
                }
            }
            beforeLast = last;
            last = current;
        }
        return last[to.length()];
    }
}
