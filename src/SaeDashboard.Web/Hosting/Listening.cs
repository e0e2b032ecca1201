using System.Net;
using SaeDashboard.Core;

namespace SaeDashboard.Web.Hosting;

/// <summary>Where Kestrel listens: on loopback only, until there are accounts.</summary>
internal static class Listening
{
    public static void Configure(WebApplicationBuilder builder, SiteOptions options)
    {
        var address = Loopback(options.Listen);
        if (options.Port is < 0 or > 65535) throw new UserException($"--port {options.Port}: a port is a number from 1 to 65535 (0: any free port).");
        // Addresses from ASPNETCORE_URLS and the like would open other doors: this one is the only one.
        builder.WebHost.UseUrls();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(address, options.Port);
        });
    }

    private static IPAddress Loopback(string listen)
    {
        if (listen == "localhost") return IPAddress.Loopback;
        if (IPAddress.TryParse(listen, out var address) && IPAddress.IsLoopback(address)) return address;
        throw new UserException(
            $"--listen {listen}: SaeDashboard has no accounts yet, so it listens on this machine only (127.0.0.1). To reach it from another machine, use an SSH tunnel: ssh -L 5080:127.0.0.1:5080 HOST.");
    }
}
