package ai.tradesense.catalog.risk;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.LongText;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.time.Instant;

/// Somebody should look at an account. Its subject is the account.
///
/// @param accountId the account
/// @param alertId the alert
/// @param severity how soon
/// @param message why, in words
/// @param triggeredAt when
@EventName("Risk.Alert.Triggered.v1")
@Description("Somebody should look at an account.")
public record AlertTriggered(
        String accountId,
        String alertId,
        AlertSeverity severity,
        @LongText String message,
        Instant triggeredAt) implements EventData {
    public AlertTriggered {
        Rules.text("accountId", accountId);
        Rules.text("alertId", alertId);
        Rules.required("severity", severity);
        Rules.longText("message", message);
        Rules.required("triggeredAt", triggeredAt);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
