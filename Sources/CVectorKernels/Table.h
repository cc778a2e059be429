// The function table of one instruction set.

static const vk_kernels FN(vk_table) = {
    .name = VK_NAME,
    .row_mean = FN(row_mean),
    .add_to_sums = FN(add_to_sums),
    .mean_of_sums = FN(finish_mean),
    .add_values = FN(add_values),
    .attention_mean = FN(attention_mean),
    .widen = FN(widen),
    .narrow = FN(narrow),
    .first_non_finite = FN(first_non_finite),
    .softmax = FN(softmax),
    .cosine_similarity = FN(cosine_similarity),
    .weighted_row_sum = FN(weighted_row_sum),
    .mix_rows = FN(mix_rows),
    .patch_entropies = FN(patch_entropies),
};
