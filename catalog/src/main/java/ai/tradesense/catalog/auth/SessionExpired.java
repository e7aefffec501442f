package ai.tradesense.catalog.auth;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.time.Instant;

/// A session ended because its time was over. Its subject is the user.
///
/// @param userId the user
/// @param sessionId the session
/// @param loggedInAt when it began
/// @param expiredAt when it ended
@EventName("Auth.Session.Expired.v1")
@Description("A session ended because its time was over.")
public record SessionExpired(String userId, String sessionId, Instant loggedInAt, Instant expiredAt)
        implements EventData {
    public SessionExpired {
        Rules.text("userId", userId);
        Rules.text("sessionId", sessionId);
        Rules.required("loggedInAt", loggedInAt);
        Rules.required("expiredAt", expiredAt);
        Rules.notBefore("expiredAt", expiredAt, "loggedInAt", loggedInAt);
    }

    @Override
    public String subject() {
        return userId;
    }
}
