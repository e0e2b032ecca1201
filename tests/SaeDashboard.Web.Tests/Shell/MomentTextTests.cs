using SaeDashboard.Web.Shell;

namespace SaeDashboard.Web.Tests.Shell;

public sealed class MomentTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("2026-03-07T09:05:59Z", "7 Mar 09:05 UTC", "7 Mar")]
    [InlineData("2025-11-25T12:00:00Z", "25 Nov 2025 12:00 UTC", "25 Nov 2025")]
    // Where it is kept in another zone, the year is UTC's too.
    [InlineData("2027-01-01T00:30:00+02:00", "31 Dec 22:30 UTC", "31 Dec")]
    public void A_moment_is_written_in_UTC_with_the_year_when_it_is_another(string moment, string minute, string day)
    {
        var time = DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal((minute, day), (MomentText.Minute(time, Now), MomentText.Day(time, Now)));
    }
}
