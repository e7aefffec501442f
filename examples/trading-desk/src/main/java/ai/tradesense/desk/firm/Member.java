package ai.tradesense.desk.firm;

import ai.tradesense.events.OrderKey;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A trader with an account and a challenge, and by which ids others know them.
///
/// @param number from 0
/// @param label names the account within its run, for example `A007`
/// @param careful whether the trader logs out in the evening
public record Member(
        int number,
        String label,
        String accountId,
        String challengeId,
        String userId,
        String name,
        String email,
        boolean careful) {
    private static final Pattern ID = Pattern.compile("(.+)-[ACU]((?!000)[0-9]{3})");

    private static final String[] FIRST_NAMES = {
        "Ada", "Benoit", "Chidi", "Daria", "Emre", "Fatima", "Goran", "Hana", "Ines", "Jonas", "Kofi", "Lucia", "Mats"
    };
    private static final String[] LAST_NAMES = {
        "Abebe", "Berg", "Costa", "Dubois", "Egede", "Fischer", "Grau", "Haddad", "Ito", "Janssen", "Kowal"
    };

    /// The stream of what the trader does.
    public OrderKey trading() {
        return new OrderKey("Trading", accountId);
    }

    /// The stream of what risk decides on the account.
    public OrderKey risk() {
        return new OrderKey("Risk", accountId);
    }

    /// The stream of the challenge.
    public OrderKey challenge() {
        return new OrderKey("Challenge", challengeId);
    }

    /// The stream of the user's sessions and permissions.
    public OrderKey auth() {
        return new OrderKey("Auth", userId);
    }

    /// Whether this is a member of a run.
    public boolean isOf(String run) {
        return accountId.equals(run + "-" + label);
    }

    /// The member that an account, challenge or user id is of; null if it is none of these.
    public static @Nullable Member withId(String id) {
        Matcher parts = ID.matcher(id);
        return parts.matches() ? of(parts.group(1), Integer.parseInt(parts.group(2)) - 1) : null;
    }

    /// The member with a number in a run.
    public static Member of(String run, int number) {
        String digits = String.format(Locale.ROOT, "%03d", number + 1);
        String name = FIRST_NAMES[number % FIRST_NAMES.length] + " " + LAST_NAMES[number % LAST_NAMES.length];
        return new Member(
                number,
                "A" + digits,
                run + "-A" + digits,
                run + "-C" + digits,
                run + "-U" + digits,
                name,
                name.toLowerCase(Locale.ROOT).replace(' ', '.') + digits + "@example.com",
                number % 4 != 3);
    }
}
