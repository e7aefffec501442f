package ai.tradesense.catalog.auth;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.time.Instant;

/// A user ended a session. Its subject is the user.
///
/// @param userId the user
/// @param sessionId the session
/// @param loggedOutAt when
@EventName("Auth.User.LoggedOut.v1")
@Description("A user ended a session.")
public record UserLoggedOut(String userId, String sessionId, Instant loggedOutAt) implements EventData {
    public UserLoggedOut {
        Rules.text("userId", userId);
        Rules.text("sessionId", sessionId);
        Rules.required("loggedOutAt", loggedOutAt);
    }

    @Override
    public String subject() {
        return userId;
    }
}
