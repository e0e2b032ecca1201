namespace SaeDashboard.Web.Hosting;

/// <summary>Where the site listens, and the folders it may read: the section <c>Web</c> of appsettings.json and the command line.</summary>
public sealed class SiteOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Web";

    /// <summary>The address: 127.0.0.1, ::1 or localhost, so far.</summary>
    public string Listen { get; set; } = "127.0.0.1";

    /// <summary>The port; 0 takes a free one.</summary>
    public int Port { get; set; } = 5080;

    /// <summary>The worker's program; empty: the one built with this one.</summary>
    public string Worker { get; set; } = "";

    /// <summary>The folder of the shipped model, dataset, SAE and presets; empty: <c>demo/</c> of the clone.</summary>
    public string Demo { get; set; } = "";
}
