package ai.tradesense.desk.firm;

import java.util.List;
import java.util.Locale;

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
    private static final String[] FIRST_NAMES = {
        "Ada", "Benoit", "Chidi", "Daria", "Emre", "Fatima", "Goran", "Hana", "Ines", "Jonas", "Kofi", "Lucia", "Mats"
    };
    private static final String[] LAST_NAMES = {
        "Abebe", "Berg", "Costa", "Dubois", "Egede", "Fischer", "Grau", "Haddad", "Ito", "Janssen", "Kowal"
    };

    /// The ids of the account, the challenge and the user.
    public List<String> ids() {
        return List.of(accountId, challengeId, userId);
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
