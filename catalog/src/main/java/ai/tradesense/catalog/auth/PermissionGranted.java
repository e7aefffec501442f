package ai.tradesense.catalog.auth;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.LongText;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.time.Instant;

/// A user may do something that they might not before. Its subject is the user.
///
/// @param userId the user
/// @param accountId the account that it is about
/// @param permission what
/// @param reason why, in words
/// @param grantedAt since when
@EventName("Auth.Permission.Granted.v1")
@Description("A user may do something that they might not before.")
public record PermissionGranted(
        String userId,
        String accountId,
        Permission permission,
        @LongText String reason,
        Instant grantedAt) implements EventData {
    public PermissionGranted {
        Rules.text("userId", userId);
        Rules.text("accountId", accountId);
        Rules.required("permission", permission);
        Rules.longText("reason", reason);
        Rules.required("grantedAt", grantedAt);
    }

    @Override
    public String subject() {
        return userId;
    }
}
