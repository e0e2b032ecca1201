namespace SaeDashboard.Core.Tests;

public class UserExceptionTests
{
    [Fact]
    public void A_message_cannot_drive_a_terminal() =>
        Assert.Equal("tensor '\uFFFD[31m\uFFFD'  a", new UserException("tensor '\u001b[31m\0'\n\ta").Message);

    [Fact]
    public void Of_a_long_message_beginning_and_end_are_kept()
    {
        var message = new UserException("model.safetensors: tensor '" + new string('x', 100_000) + "' is odd. Fetch it again.").Message;
        Assert.Equal(UserException.MaxMessageLength, message.Length);
        Assert.StartsWith("model.safetensors: tensor 'xxx", message, StringComparison.Ordinal);
        Assert.EndsWith("xxx' is odd. Fetch it again.", message, StringComparison.Ordinal);
        Assert.Contains(" … ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ordinary_message_stays_as_it_is()
    {
        var message = new string('m', UserException.MaxMessageLength);
        Assert.Equal(message, new UserException(message, new IOException()).Message);
    }
}
