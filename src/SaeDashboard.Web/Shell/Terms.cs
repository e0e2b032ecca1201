namespace SaeDashboard.Web.Shell;

/// <summary>One-line definitions of the field's terms, shown on hover. docs/glossary.md has each of them at length.</summary>
internal static class Terms
{
    private static readonly Dictionary<string, string> Definitions = new(StringComparer.Ordinal)
    {
        ["fires in"] = "Share of the clips in which the feature is active at least once.",
        ["active"] = "Share of all columns, one per frame of sound, in which the feature is active.",
        ["activation"] = "The feature's value in a column: how strongly it fires there, in the scale of the model's residual stream.",
        ["p99"] = "99th percentile of the activations where the feature fires. Steering is counted in multiples of it.",
        ["rating"] = "Mean of people's ratings of how well the label fits, 1 to 5 stars.",
        ["caption agreement"] = "How many of the top clips share words in their captions. The words are one of the suggested labels.",
        ["suggestion"] = "A label that a program made. It becomes the feature's label when a person accepts it.",
        ["detection score"] = "How well a judge who has only the label tells clips in which the feature fires from others, as AUROC: 0.5 is chance, 1 is always. Permuted labels are those of other features: what a label that means nothing scores.",
        ["floor"] = "What labels score that were exchanged between features: a label of something else. For CLAP, the same text with other features' sound; for a concept, chance.",
        ["top clips"] = "The clips with the feature's highest activations, strongest first.",
        ["similar features"] = "Features whose decoder directions have the largest cosine with this one's.",
        ["position R²"] = "Share of the activation's variance that the position in the clip explains: 0 is none.",
        ["AUROC"] = "How well the feature ranks the clips with its best annotated concept above the others: 0.5 is chance, 1 is always.",
        ["explained variance"] = "Share of the activations' variance that the SAE reconstructs, on held-out clips: 1 is perfect, 0 no better than the mean.",
        ["CE recovered"] = "Share of the cross-entropy that replacing the activations by their mean costs, and that the reconstruction does not: 1 is a model that predicts as before.",
        ["KL recovered"] = "The same share of the KL divergence from the model's own predictions.",
        ["L0"] = "Mean number of active latents per column.",
        ["dead"] = "Latents that have not fired within the dead window.",
        ["k"] = "Number of latents that TopK keeps in a column.",
        ["dictionary"] = "All latents of an SAE. Its size is their number.",
        ["latent"] = "One unit of an SAE: an encoder row, a bias and a decoder direction. With its clips and label it is called a feature.",
        ["column"] = "One position in the decoder's sequence: one frame of sound, and one vector of the residual stream.",
        ["layer"] = "One transformer block of the music model, numbered from 0.",
        ["condition"] = "The text the model gets while its activations are collected: none, or each clip's caption.",
        ["guidance"] = "Classifier-free guidance: how far the prompt pulls the music away from the unprompted model. 1 turns it off.",
        ["stability"] = "Largest cosine of the feature's decoder direction with one of a second SAE, trained from another seed. From 0.7 on both found it.",
        ["best concept"] = "The annotated concept that the feature ranks best. AUROC: 1 is every moment with the concept above every other, 0.5 is chance.",
        ["output score"] = "How far the model's predictions move when the feature's p99 is added at one column: KL divergence, mean over codebooks.",
        ["position"] = "The columns in which the feature fires, counted in 32 equal parts of the clip. R²: how much of its activation follows from the position alone.",
        ["descriptor"] = "Pearson correlation of the feature's activation with measurements of the sound: from −1 to 1, 0 is no relation.",
        ["co-firing"] = "Features that fire in the same columns. φ is the correlation of the two, 1: always together. The lag is that at which it is largest.",
        ["mystery guest"] = "A feature that a second SAE found too (stability from 0.7), that does not follow the position (R² below 0.2), and whose best concept has an AUROC below 0.7.",
        ["steers"] = "Turned up, the feature moves its target more than random directions of the same length do, on prompts that its strength was not chosen on. q: expected share of false findings at this limit.",
        ["strength ladder"] = "Music with the feature turned up and down in steps, over the same seeds: from which strength it is surely heard, is strong, and breaks the music.",
        ["target"] = "What a feature should move when it is steered: the annotated sound or the descriptor that follows its activation best on select. It is fixed before any music is made.",
        ["density"] = "Share of the columns in which a latent is active.",
    };

    /// <summary>All terms.</summary>
    public static IReadOnlyCollection<string> All => Definitions.Keys;

    /// <summary>A term's definition.</summary>
    /// <exception cref="KeyNotFoundException">The term has none.</exception>
    public static string Of(string term) => Definitions[term];
}
