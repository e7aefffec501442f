package ai.tradesense.catalog.auth;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Email;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.time.Instant;

/// Somebody became a user. Its subject is the user.
///
/// @param userId the user
/// @param name what the user is called
/// @param email where mail goes
/// @param registeredAt when
@EventName("Auth.User.Registered.v1")
@Description("Somebody became a user.")
public record UserRegistered(
        String userId, String name, @Email String email, Instant registeredAt) implements EventData {
    public UserRegistered {
        Rules.text("userId", userId);
        Rules.text("name", name);
        Rules.email("email", email);
        Rules.required("registeredAt", registeredAt);
    }

    @Override
    public String subject() {
        return userId;
    }
}
