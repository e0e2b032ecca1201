namespace SaeDashboard.Web.Features;

/// <summary>What a list of features is ordered by. Ties go by index.</summary>
public enum FeatureSort
{
    /// <summary>How well the captions of its strongest clips agree, different sounds first: what can be named at once.</summary>
    Agreement,

    /// <summary>Share of the clips it fires in.</summary>
    Density,

    /// <summary>Largest activation.</summary>
    Maximum,

    /// <summary>99th percentile of its positive activations.</summary>
    P99,

    /// <summary>Its place in the dictionary.</summary>
    Index,

    /// <summary>Mean rating of its label.</summary>
    Stars,

    /// <summary>The label's text; features without one come last.</summary>
    Label,
}
