package ai.tradesense.catalog.auth;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A user proved who they are, and a session began. Its subject is the user.
///
/// @param userId the user
/// @param sessionId the session
/// @param ipAddress where from; null if not known
/// @param loggedInAt when it began
/// @param expiresAt when it ends at the latest
@EventName("Auth.User.LoggedIn.v1")
@Description("A user proved who they are, and a session began.")
public record UserLoggedIn(
        String userId, String sessionId, @Nullable String ipAddress, Instant loggedInAt, Instant expiresAt)
        implements EventData {
    public UserLoggedIn {
        Rules.text("userId", userId);
        Rules.text("sessionId", sessionId);
        if (ipAddress != null) {
            Rules.text("ipAddress", ipAddress);
        }
        Rules.required("loggedInAt", loggedInAt);
        Rules.required("expiresAt", expiresAt);
        Rules.notBefore("expiresAt", expiresAt, "loggedInAt", loggedInAt);
    }

    @Override
    public String subject() {
        return userId;
    }
}
